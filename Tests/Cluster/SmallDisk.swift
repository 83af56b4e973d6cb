import Foundation

/// A file system in memory with little room.
final class SmallDisk: Sendable {
    let folder: String

    /// Mounts one; nil where that is not allowed.
    init?(at folder: String, megabytes: Int) {
        self.folder = folder
        guard (try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)) != nil,
            SmallDisk.run("mount", "-t", "tmpfs", "-o", "size=\(megabytes)m", "tmpfs", folder)
        else { return nil }
    }

    deinit { _ = SmallDisk.run("umount", "--lazy", folder) }

    func resize(megabytes: Int) -> Bool { SmallDisk.run("mount", "-o", "remount,size=\(megabytes)m", folder) }

    /// Runs a command, and says whether it went well.
    static func run(_ command: String...) -> Bool {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}
