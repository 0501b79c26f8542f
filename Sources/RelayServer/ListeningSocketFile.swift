import Foundation
import NIOCore
import NIOPosix

/// A listening socket in the file system, mode 0660: for a reverse proxy or an onion service in the relay's group.
///
/// It is bound beside its path and moved there when its mode is set, so that nobody finds it before, and so that what a
/// killed relay left is replaced in one step. A file that is no socket, and a socket that somebody answers on, stay.
struct ListeningSocketFile: Sendable {
  let channel: any Channel
  private let path: String
  /// Tells this socket's file from one that came in its place.
  private let number: UInt64?

  /// - Throws: ``ListeningSocketFileError``, or what the system says.
  static func bind(_ bootstrap: ServerBootstrap, path: String) async throws -> ListeningSocketFile {
    try await checkIsFree(path)
    let temporary = path + ".new"
    let channel = try await bootstrap.bind(unixDomainSocketPath: temporary, cleanupExistingSocketFile: true).get()
    do {
      try FileManager.default.setAttributes([.posixPermissions: 0o660], ofItemAtPath: temporary)
      guard rename(temporary, path) == 0 else { throw ListeningSocketFileError.notASocket }
    } catch {
      // Nothing listens there then, whatever this says.
      try? await channel.close()
      unlink(temporary)
      throw error
    }
    return ListeningSocketFile(channel: channel, path: path, number: fileNumber(path))
  }

  /// Takes the file away, if it is still this one's.
  func remove() {
    if let number, Self.fileNumber(path) == number { unlink(path) }
  }

  private static func checkIsFree(_ path: String) async throws {
    // Nothing is there: nothing is to be removed.
    guard let attributes = try? FileManager.default.attributesOfItem(atPath: path) else { return }
    guard attributes[.type] as? FileAttributeType == .typeSocket else { throw ListeningSocketFileError.notASocket }
    do {
      let other = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .connect(unixDomainSocketPath: path).get()
      try await other.close()
    } catch let error as IOError where error.errnoCode == ECONNREFUSED {
      return  // what a relay left that did not end in order
    }
    throw ListeningSocketFileError.inUse
  }

  private static func fileNumber(_ path: String) -> UInt64? {
    // Nil: no such file.
    (try? FileManager.default.attributesOfItem(atPath: path))?[.systemFileNumber] as? UInt64
  }
}

/// Why a path cannot be listened on.
enum ListeningSocketFileError: Error, Hashable {
  /// There is something else than a socket.
  case notASocket
  /// Somebody listens there.
  case inUse
}
