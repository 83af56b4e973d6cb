import ArgumentParser
import NodeFiles

/// Where the configuration is, and what comes in place of its values.
struct ConfigOptions: ParsableArguments {
    @Option(help: "The configuration file.")
    var config = "node.toml"

    @Option(help: "In place of the configuration's.")
    var listen: String?

    @Option(help: "In place of the configuration's.")
    var http: String?

    @Option(help: "In place of the configuration's.")
    var store: String?

    @Option(help: "In place of the configuration's.")
    var log: String?

    func read() throws -> NodeConfig {
        var config = try NodeConfig.read(self.config)
        for (key, value) in [(.listen, listen), (.http, http), (.store, store), (.log, log)]
            as [(NodeConfig.CodingKeys, String?)]
        {
            if let value { try config.set(key, to: value, by: "--\(key.rawValue)") }
        }
        return config
    }

    func path(_ path: String) -> String { NodeConfig.resolve(path, beside: config) }
}

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Runs a node until it is interrupted.",
        discussion: "SIGTERM and SIGINT stop it in good order; what was decided is stored then."
    )

    @OptionGroup var options: ConfigOptions

    func run() async throws {
        let config = try options.read()
        let logger = try NodeBuild.logger(config)
        try await NodeBuild(config, beside: options.config, logger: logger).run()
    }
}
