/// Which of a forker's branches a rule looks at, as long as the fork is not proven by the event under evaluation.
public enum ForkRule: Hashable, Sendable {
    /// The branch that arrived first, as in the reference.
    ///
    /// Two peers that receive the same events in different orders may then decide differently (`protocol.md` section
    /// 11.4, hazard 4).
    case firstArrived

    /// The branch among the ancestors of the event under evaluation, so that a decision depends on ancestry only.
    case ownAncestry
}
