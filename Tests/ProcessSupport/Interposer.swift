import Foundation

/// A library in front of the C library (`LD_PRELOAD`), whose behaviour the test sets through a file while programs run.
package final class Interposer: Sendable {
  /// What is in front of the C library.
  package enum Kind: String, Sendable {
    /// `DiskFaults.c`: a disk under SQLite's files that fails. Settings: ``DiskFault``.
    case diskFaults = "DiskFaults"
    /// `WallClock.c`: a time of day that can be set. The setting is the number of seconds by which it is shifted.
    case wallClock = "WallClock"

    fileprivate var variable: String {
      switch self {
      case .diskFaults: "SOTTO_DISK_FAULT"
      case .wallClock: "SOTTO_CLOCK_SHIFT"
      }
    }
  }

  private let kind: Kind
  private let folder: TemporaryFolder

  /// Compiles the library with the system's C compiler.
  package init(_ kind: Kind, _ setting: String) async throws {
    self.kind = kind
    folder = try TemporaryFolder()
    let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/\(kind.rawValue).c"
    let compiled = try await RunningProcess.run(
      "/usr/bin/env", ["cc", "-shared", "-fPIC", "-O1", "-o", folder.path(of: "library.so"), source, "-ldl"])
    guard compiled.exit == .code(0) else { throw ProcessFailure.unexpectedOutput(compiled.standardError) }
    try set(setting)
  }

  /// From now on it is like this.
  package func set(_ setting: String) throws {
    try Data(setting.utf8).write(to: URL(fileURLWithPath: folder.path(of: "setting")), options: .atomic)
  }

  /// What starts a program behind it; for ``RunningRelay/start(dataFolder:port:program:arguments:wrapper:)``.
  package var wrapper: [String] {
    ["/usr/bin/env", "LD_PRELOAD=" + folder.path(of: "library.so"), "\(kind.variable)=" + folder.path(of: "setting")]
  }
}

/// What is wrong with a disk; the settings of ``Interposer/Kind/diskFaults``.
package enum DiskFault: String, CaseIterable, Sendable {
  /// fsync returns as if all were well, and does nothing.
  case lyingSync = "L"
  /// fsync fails (EIO).
  case failingSync = "S"
  /// Nothing can be written (EROFS).
  case readOnly = "R"
  /// Nothing can be written (ENOSPC).
  case full = "F"
  case none = "-"
}
