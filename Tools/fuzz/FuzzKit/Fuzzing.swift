/// What all fuzz targets do with an input.
public enum Fuzzing {
    private static let network: FuzzNetwork = {
        do { return try FuzzNetwork() } catch {
            preconditionFailure("the network of the fuzzer does not run: \(error)")
        }
    }()

    /// Gives an input to a decoder; an error is a fine answer.
    public static func take(_ start: UnsafePointer<UInt8>?, _ count: Int, _ decoder: Decoder) -> CInt {
        let bytes = Array(UnsafeBufferPointer(start: start, count: count))
        try? decoder.run(bytes, network)
        return 0
    }
}
