import Foundation
import FuzzKit

// parsec-fuzz DECODER [OPTIONS AND FOLDERS OF LIBFUZZER]
// parsec-fuzz seeds DECODER FOLDER

/// libFuzzer's driver: takes the command line, calls the function with one input after another, and exits.
@_silgen_name("LLVMFuzzerRunDriver")
func runFuzzer(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

nonisolated(unsafe) var chosen = Decoder.message

func complain(_ text: String) -> Never {
    FileHandle.standardError.write(Data("\(text)\n".utf8))
    exit(2)
}

let arguments = CommandLine.arguments
let names = Decoder.allCases.map(\.rawValue).joined(separator: "|")
let usage = "usage: parsec-fuzz [seeds] \(names) [ARGUMENTS]"

if arguments.count == 4, arguments[1] == "seeds" {
    guard let decoder = Decoder(rawValue: arguments[2]) else { complain(usage) }
    let folder = URL(filePath: arguments[3])
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let network = try FuzzNetwork()
    for (number, seed) in decoder.seeds(network).enumerated() {
        // What we encode ourselves has to be taken; if not, that is the first finding.
        do { try decoder.run(seed, network) } catch { complain("seed \(number) of \(decoder.rawValue): \(error)") }
        try Data(seed).write(to: folder.appending(path: "seed-\(number)"))
    }
    exit(0)
}
guard arguments.count >= 2, let decoder = Decoder(rawValue: arguments[1]) else { complain(usage) }
chosen = decoder
var pointers: [UnsafeMutablePointer<CChar>?] =
    [strdup(arguments[0])] + arguments.dropFirst(2).map { strdup($0) } + [nil]
var count = CInt(pointers.count - 1)
pointers.withUnsafeMutableBufferPointer { buffer in
    var start = buffer.baseAddress
    exit(runFuzzer(&count, &start) { Fuzzing.take($0, $1, chosen) })
}
