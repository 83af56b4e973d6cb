import Foundation

/// A small dump written by hand from the description of the format: two voters, a joiner, all kinds of causes.
enum SmallDump {
    static let bytes = Array(text.utf8)

    /// The text with one passage replaced; the passage must be there.
    static func replacing(_ passage: String, with replacement: String) throws -> String {
        guard let range = text.range(of: passage) else { throw MissingPassage(passage: passage) }
        return text.replacingCharacters(in: range, with: replacement)
    }

    struct MissingPassage: Error {
        let passage: String
    }

    /// A label of an event, as it stands in a dump.
    private static func label(_ name: String, _ observation: String? = nil) -> String {
        let row = observation.map { "<tr><td colspan=\"6\">\($0)</td></tr>\n" } ?? ""
        return "label=<<table border=\"0\" cellborder=\"0\" cellpadding=\"0\" cellspacing=\"0\">\n"
            + "<tr><td colspan=\"6\">\(name)</td></tr>\n\(row)</table>>"
    }

    private static func plain(_ name: String) -> String { "\"\(name)\" [fillcolor=white, \(label(name))]" }

    private static func vote(_ name: String, _ observation: String) -> String {
        "\"\(name)\" [style=filled, fillcolor=cyan, shape=rectangle, \(label(name, observation))]"
    }

    static let text = """
        /// our_id: Alice
        /// peer_list: {
        ///   Alice: PeerState(VOTE|SEND|RECV)
        ///   Bob: PeerState(VOTE|SEND)
        ///   Carol: PeerState(DKG)
        ///   Dave: PeerState()
        /// }
        /// consensus_mode: Single
        /// secure_rng: [1, 18446744073709551615]
        /// key_gens_and_next_id: [0, 255]
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
          "B_2" -> "A_2" [constraint=false]

          style=invis
          subgraph cluster_Bob {
            label="Bob"
            "Bob" [style=invis]
            "Bob" -> "B_0" [style=invis]
            "B_0" -> "B_1" [minlen=1]
            "B_1" -> "B_2" [minlen=1]
            "B_2" -> "B_3" [minlen=3]
          }
          "A_3" -> "B_3" [constraint=false]

          style=invis
          subgraph cluster_Carol {
            label="Carol"
            "Carol" [style=invis]
          }


          style=invis
          subgraph cluster_Dave {
            label="Dave"
            "Dave" [style=invis]
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
          \(plain("A_0"))
        /// cause: Initial
        /// last_ancestors: {Alice: 0}

          \(vote("A_1", "Genesis({Alice, Bob})"))
        /// cause: Observation(Genesis({Alice, Bob}))
        /// last_ancestors: {Alice: 1}

          "A_2" [style=filled, fillcolor=orange, shape=rectangle, \(interesting)</table>>]
        /// cause: Request
        /// last_ancestors: {Alice: 2, Bob: 2}

          \(vote("A_3", "OpaquePayload(x1)"))
        /// cause: Observation(OpaquePayload(x1))
        /// last_ancestors: {Alice: 3, Bob: 2}

          \(plain("B_0"))
        /// cause: Initial
        /// last_ancestors: {Bob: 0}

          \(vote("B_1", "Add(Carol)"))
        /// cause: Observation(Add(Carol))
        /// last_ancestors: {Bob: 1}

          \(plain("B_2"))
        /// cause: Requesting(Alice)
        /// last_ancestors: {Bob: 2}

          \(plain("B_3"))
        /// cause: Response
        /// last_ancestors: {Alice: 3, Bob: 3}

        }

        /// ===== meta-elections =====
        /// consensus_history:
        /// 181acff73711013c5df11e21c5edd964e180a3e02896ba627983aebc0651e1dd

        /// interesting_events: {
        ///   Alice -> ["A_2"]
        /// }
        /// all_voters: {Alice, Bob}
        /// unconsensused_events: {"A_1", "B_1"}
        /// meta_events: {
        ///   A_2 -> {
        ///     observees: {Alice, Bob}
        ///     interesting_content: [Add(Carol), OpaquePayload(x1)]
        ///     meta_votes: {
        ///         stage est bin aux dec
        ///       A: 0/0   t   b   f   -\u{20}
        ///          0/1   -   f   -   -\u{20}
        ///       B: 1/2   t   t   t   t\u{20}
        ///     }
        ///   }
        /// }

        """

    private static let interesting =
        label("A_2").replacing("</table>>", with: "")
        + "<tr><td colspan=\"6\">[Add(Carol), OpaquePayload(x1)]</td></tr>"
        + "<tr><td></td><td width=\"50\">stage</td><td width=\"30\">est</td><td width=\"30\">bin</td>"
        + "<td width=\"30\">aux</td><td width=\"30\">dec</td></tr>\n"
        + "<tr><td>A: </td><td>0/0</td><td>t</td><td>b</td><td>f</td><td>-</td></tr>\n"
        + "<tr><td>   </td><td>0/1</td><td>-</td><td>f</td><td>-</td><td>-</td></tr>\n"
        + "<tr><td>B: </td><td>1/2</td><td>t</td><td>t</td><td>t</td><td>t</td></tr>"
}
