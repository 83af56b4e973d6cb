#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Key pairs in files that only their owner can read.
///
/// A file has one line: `parsec-key-1 ` and base 32 of the 32 bytes of the secret.
public enum KeyFile {
    /// What is wrong with a key file.
    public enum Fault: Error, Hashable, Sendable {
        /// The system refuses: what it says, such as that there is no such file.
        case system(path: String, operation: String, message: String)

        /// There is a file already; a key is never written over another.
        case exists(path: String)

        /// Others than the owner may read or change the file; `mode` is its permission bits.
        case modeTooWide(path: String, mode: Int)

        /// The file holds no key, or one of another format.
        case malformed(path: String)
    }

    private static let header = "parsec-key-1 "

    /// The most bytes that are read of a file.
    private static let mostBytes = 1_024

    /// Writes a key pair into a new file with mode 600.
    public static func write(_ keys: KeyPair, to path: String) throws(Fault) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            if errno == EEXIST { throw .exists(path: path) }
            throw failure(path, "create")
        }
        defer { close(descriptor) }
        // The mode that was asked for is narrowed by the process's mask only; make sure that it is 600.
        guard fchmod(descriptor, 0o600) == 0 else { throw failure(path, "set the mode of") }
        let bytes = Array("\(header)\(Base32.encode(keys.secret))\n".utf8)
        guard writeBytes(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
            throw failure(path, "write")
        }
    }

    /// Reads a key pair.
    ///
    /// - Throws: ``Fault``; a file that others may read or change is refused, whatever is in it.
    public static func read(_ path: String) throws(Fault) -> KeyPair {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path, "open") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure(path, "look at") }
        let mode = Int(status.st_mode) & 0o777
        guard mode & 0o077 == 0 else { throw .modeTooWide(path: path, mode: mode) }
        var bytes = [UInt8](repeating: 0, count: mostBytes)
        let count = readBytes(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw failure(path, "read") }
        guard let text = String(validating: bytes.prefix(count), as: UTF8.self), text.hasPrefix(header) else {
            throw .malformed(path: path)
        }
        let lines = text.split(whereSeparator: \.isNewline)
        guard lines.count == 1, let secret = try? Base32.decode(lines[0].dropFirst(header.count)),
            let keys = KeyPair(secret: secret)
        else { throw .malformed(path: path) }
        return keys
    }

    private static func failure(_ path: String, _ operation: String) -> Fault {
        .system(path: path, operation: operation, message: String(cString: strerror(errno)))
    }
}

extension KeyFile.Fault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .system(let path, let operation, let message): "cannot \(operation) \(path): \(message)"
        case .exists(let path): "\(path) exists already; a key is never written over another, choose another file"
        case .modeTooWide(let path, let mode):
            "others may read the key in \(path): its mode is \(String(mode, radix: 8)); do: chmod 600 \(path)"
        case .malformed(let path): "\(path) holds no key: expected one line that begins with \"parsec-key-1 \""
        }
    }
}

// The names of the system's functions are those of the type's own.
private func writeBytes(_ descriptor: Int32, _ bytes: [UInt8], _ count: Int) -> Int { write(descriptor, bytes, count) }

private func readBytes(_ descriptor: Int32, _ bytes: inout [UInt8], _ count: Int) -> Int {
    read(descriptor, &bytes, count)
}
