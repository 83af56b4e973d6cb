/// Makes the gossip graph of a simulated network; equal recipes and seeds give equal graphs.
public func randomGraph(_ recipe: GraphRecipe, seed: UInt64) -> ModelGraph {
    var simulation = GossipSimulation(recipe: recipe, seed: seed)
    simulation.run()
    return simulation.graph
}
