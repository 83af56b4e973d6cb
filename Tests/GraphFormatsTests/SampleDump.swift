import GraphFormats

/// A small dump with a bit of everything: a fork, several observations in one event, two stages of meta-votes.
enum SampleDump {
    static let text = """
        /// our_id: Alice
        /// peer_list: {
        ///   Alice: PeerState(VOTE|SEND|RECV)
        ///   Al: PeerState(VOTE|SEND)
        ///   Bob: PeerState(DKG)
        ///   Carol: PeerState()
        /// }
        /// consensus_mode: Single
        /// rules: current
        /// secure_rng: [1, 2, 4294967296]
        /// key_gens_and_next_id: [0, 255]
        digraph GossipGraph {
          splines=false
          rankdir=BT

          style=invis
          subgraph cluster_Alice {
            label="Alice"
            "Alice" [style=invis]
            "Alice" -> "Ali_0" [style=invis]
            "Ali_0" -> "Ali_1" [minlen=1]
            "Ali_1" -> "Ali_2" [minlen=1]
          }
          "Al_1,1" -> "Ali_2" [constraint=false]

          style=invis
          subgraph cluster_Al {
            label="Al"
            "Al" [style=invis]
            "Al" -> "Al_0" [style=invis]
            "Al_0" -> "Al_1,0" [minlen=1]
            "Al_0" -> "Al_1,1" [minlen=1]
          }


          style=invis
          subgraph cluster_Bob {
            label="Bob"
            "Bob" [style=invis]
            "Bob" -> "Bob_0" [style=invis]
            "Bob_0" -> "Bob_1" [minlen=3]
          }
          "Ali_2" -> "Bob_1" [constraint=false]

          style=invis
          subgraph cluster_Carol {
            label="Carol"
            "Carol" [style=invis]
          }


          {
            rank=same
            "Al" [style=filled, color=white]
            "Alice" [style=filled, color=white]
            "Bob" [style=filled, color=white]
            "Carol" [style=filled, color=white]
          }
          "Al" -> "Alice" -> "Bob" -> "Carol" [style=invis]

        /// ===== details of events =====
          "Ali_0" [fillcolor=white, label=<<table border="0" cellborder="0" cellpadding="0" cellspacing="0">
        <tr><td colspan="6">Ali_0</td></tr>
        </table>>]
        /// cause: Initial
        /// last_ancestors: {Alice: 0}

          "Ali_1" [style=filled, fillcolor=cyan, shape=rectangle, label=<<table border="0" cellborder="0" \
        cellpadding="0" cellspacing="0">
        <tr><td colspan="6">Ali_1</td></tr>
        <tr><td colspan="6">Genesis({Al, Alice}), Add{ peer_id: Dave, related_info: [1, 2] }, OpaquePayload(x)</td></tr>
        </table>>]
        /// cause: Observation(Genesis({Al, Alice}), Add{ peer_id: Dave, related_info: [1, 2] }, OpaquePayload(x))
        /// last_ancestors: {Alice: 1}

          "Ali_2" [style=filled, fillcolor=orange, shape=rectangle, label=<<table border="0" cellborder="0" \
        cellpadding="0" cellspacing="0">
        <tr><td colspan="6">Ali_2</td></tr>
        <tr><td colspan="6">[OpaquePayload(x), DkgMessage(DkgAck(7))]</td></tr><tr><td></td><td width="50">stage</td>\
        <td width="30">est</td><td width="30">bin</td><td width="30">aux</td><td width="30">dec</td></tr>
        <tr><td>Al: </td><td>0/0</td><td>b</td><td>f</td><td>f</td><td>-</td></tr>
        <tr><td>    </td><td>0/1</td><td>f</td><td>f</td><td>f</td><td>f</td></tr>
        <tr><td>Ali: </td><td>0/0</td><td>t</td><td>-</td><td>-</td><td>-</td></tr></table>>]
        /// cause: Response
        /// last_ancestors: {Al: 1, Alice: 2}

          "Al_0" [fillcolor=white, label=<<table border="0" cellborder="0" cellpadding="0" cellspacing="0">
        <tr><td colspan="6">Al_0</td></tr>
        </table>>]
        /// cause: Initial
        /// last_ancestors: {Al: 0}

          "Al_1,0" [fillcolor=white, label=<<table border="0" cellborder="0" cellpadding="0" cellspacing="0">
        <tr><td colspan="6">Al_1,0</td></tr>
        </table>>]
        /// cause: Requesting(Alice)
        /// last_ancestors: {Al: 1}

          "Al_1,1" [style=filled, fillcolor=cyan, shape=rectangle, label=<<table border="0" cellborder="0" \
        cellpadding="0" cellspacing="0">
        <tr><td colspan="6">Al_1,1</td></tr>
        <tr><td colspan="6">Accusation { Bob, Accomplice(Ali_0, Fork(Al_0)) }</td></tr>
        </table>>]
        /// cause: Observation(Accusation { Bob, Accomplice(Ali_0, Fork(Al_0)) })
        /// last_ancestors: {Al: 1}

          "Bob_0" [fillcolor=white, label=<<table border="0" cellborder="0" cellpadding="0" cellspacing="0">
        <tr><td colspan="6">Bob_0</td></tr>
        </table>>]
        /// cause: Initial
        /// last_ancestors: {Bob: 0}

          "Bob_1" [fillcolor=white, label=<<table border="0" cellborder="0" cellpadding="0" cellspacing="0">
        <tr><td colspan="6">Bob_1</td></tr>
        </table>>]
        /// cause: Request
        /// last_ancestors: {Al: 1, Alice: 2, Bob: 1}

        }

        /// ===== meta-elections =====
        /// consensus_history:
        /// 181acff73711013c5df11e21c5edd964e180a3e02896ba627983aebc0651e1dd

        /// interesting_events: {
        ///   Alice -> ["Ali_2"]
        /// }
        /// all_voters: {Al, Alice}
        /// unconsensused_events: {"Al_1,1", "Ali_1"}
        /// meta_events: {
        ///   Ali_2 -> {
        ///     observees: {Al, Alice}
        ///     interesting_content: [OpaquePayload(x), DkgMessage(DkgAck(7))]
        ///     meta_votes: {
        ///         stage est bin aux dec
        ///       Al: 0/0   b   f   f   -\u{20}
        ///           0/1   f   f   f   f\u{20}
        ///       Ali: 0/0   t   -   -   -\u{20}
        ///     }
        ///   }
        /// }

        """

    static func dump() throws -> GraphDump { try DOTReader.read(Array(text.utf8)) }
}
