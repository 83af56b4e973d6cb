/// The text of the forked dump, written by hand from the description of the format, without the labels of events.
extension ForkedDump {
    static let bytes = Array(text.utf8)

    static let text = """
        /// our_id: Alice
        /// peer_list: {
        ///   Alice: PeerState(VOTE|SEND|RECV)
        ///   Bob: PeerState(VOTE|SEND|RECV)
        ///   Carol: PeerState(VOTE|SEND|RECV)
        ///   Dave: PeerState(DKG|RECV)
        /// }
        /// consensus_mode: Single
        /// rules: current
        /// secure_rng: [7]
        digraph GossipGraph {
          splines=false
          rankdir=BT

          style=invis
          subgraph cluster_Alice {
            label="Alice"
            "Alice" [style=invis]
            "Alice" -> "A_0" [style=invis]
            "A_0" -> "A_1" [minlen=1]
            "A_1" -> "A_2" [minlen=2]
            "A_2" -> "A_3" [minlen=1]
          }
          "B_2,0" -> "A_2" [constraint=false]

          style=invis
          subgraph cluster_Bob {
            label="Bob"
            "Bob" [style=invis]
            "Bob" -> "B_0" [style=invis]
            "B_0" -> "B_1" [minlen=1]
            "B_1" -> "B_2,0" [minlen=1]
            "B_1" -> "B_2,1" [minlen=1]
            "B_2,0" -> "B_3" [minlen=2]
          }
          "A_2" -> "B_3" [constraint=false]

          style=invis
          subgraph cluster_Carol {
            label="Carol"
            "Carol" [style=invis]
            "Carol" -> "C_0" [style=invis]
            "C_0" -> "C_1" [minlen=1]
            "C_1" -> "C_2" [minlen=2]
            "C_2" -> "C_3" [minlen=2]
            "C_3" -> "C_4" [minlen=1]
          }
          "B_2,1" -> "C_2" [constraint=false]
          "A_3" -> "C_3" [constraint=false]

          style=invis
          subgraph cluster_Dave {
            label="Dave"
            "Dave" [style=invis]
            "Dave" -> "D_0" [style=invis]
          }


          {
            rank=same
            "Alice" [style=filled, color=white]
            "Bob" [style=filled, color=white]
            "Carol" [style=filled, color=white]
            "Dave" [style=filled, color=white]
          }
          "Alice" -> "Bob" -> "Carol" -> "Dave" [style=invis]

        /// ===== details of events =====
          "A_0" []
        /// cause: Initial
        /// last_ancestors: {Alice: 0}

          "A_1" []
        /// cause: Observation(Genesis({Alice, Bob, Carol, Dave}), OpaquePayload(x1), \
        Add{ peer_id: Fred, related_info: [1, 255] })
        /// last_ancestors: {Alice: 1}

          "A_2" []
        /// cause: Request
        /// last_ancestors: {Alice: 2, Bob: 2}

          "A_3" []
        /// cause: Requesting(Carol)
        /// last_ancestors: {Alice: 3, Bob: 2}

          "B_0" []
        /// cause: Initial
        /// last_ancestors: {Bob: 0}

          "B_1" []
        /// cause: Observation(Genesis({Alice, Bob, Carol, Dave}))
        /// last_ancestors: {Bob: 1}

          "B_2,0" []
        /// cause: Requesting(Alice)
        /// last_ancestors: {Bob: 2}

          "B_2,1" []
        /// cause: Requesting(Carol)
        /// last_ancestors: {Bob: 2}

          "B_3" []
        /// cause: Response
        /// last_ancestors: {Alice: 2, Bob: 3}

          "C_0" []
        /// cause: Initial
        /// last_ancestors: {Carol: 0}

          "C_1" []
        /// cause: Observation(Remove{ peer_id: Eve, related_info: [0] })
        /// last_ancestors: {Carol: 1}

          "C_2" []
        /// cause: Request
        /// last_ancestors: {Bob: 2, Carol: 2}

          "C_3" []
        /// cause: Request
        /// last_ancestors: {Alice: 3, Bob: 2, Carol: 3}

          "C_4" []
        /// cause: Observation(Accusation { Bob, Fork(B_1) }, \
        Accusation { Dave, Accomplice(C_1, InvalidAccusation(B_2,1)) })
        /// last_ancestors: {Alice: 3, Bob: 2, Carol: 4}

          "D_0" []
        /// cause: Initial
        /// last_ancestors: {Dave: 0}

        }

        /// ===== meta-elections =====
        /// consensus_history:
        /// 000000000000000000000000000000010000000000000002ffffffffffffffff

        /// interesting_events: {
        ///   Alice -> ["A_2", "A_3"]
        ///   Carol -> ["C_3"]
        /// }
        /// all_voters: {Alice, Bob, Carol}
        /// unconsensused_events: {"A_1", "C_1", "C_4"}
        /// meta_events: {
        ///   A_2 -> {
        ///     observees: {}
        ///     interesting_content: [OpaquePayload(x1), DkgMessage(DkgPart(3))]
        ///   }
        ///   C_4 -> {
        ///     observees: {Alice, Carol}
        ///     interesting_content: []
        ///     meta_votes: {
        ///         stage est bin aux dec
        ///       A: 0/2   b   t   t   -\u{20}
        ///          12/0   f   f   f   f\u{20}
        ///       C: 0/0   t   t   t   t\u{20}
        ///     }
        ///   }
        /// }

        """
}
