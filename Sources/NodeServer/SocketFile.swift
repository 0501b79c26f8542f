import Foundation
import NIOCore
import NIOPosix

/// A listening socket in the file system that only its owner may reach: folder 0700, socket 0600.
///
/// It is bound beside its path and moved there when its mode is set, so that nobody finds it before, and so that what a
/// killed daemon left is replaced in one step. A file that is no socket, and a socket that somebody answers on, stay.
struct SocketFile: Sendable {
  private let path: String
  /// Tells this socket's file from one that came in its place.
  private let number: UInt64?

  /// Binds.
  ///
  /// - Throws: ``SocketFileError``, or what the system says.
  static func bind<Output: Sendable>(
    _ bootstrap: sending ServerBootstrap, path: String,
    childChannelInitializer: @escaping @Sendable (any Channel) -> EventLoopFuture<Output>
  ) async throws -> (channel: NIOAsyncChannel<Output, Never>, file: SocketFile) {
    // 108 bytes with the zero at the end, and ".new" in between.
    guard path.utf8.count <= 103 else { throw SocketFileError.pathTooLong }
    try makeFolder(of: path)
    try await checkIsFree(path)
    let temporary = path + ".new"
    let channel = try await bootstrap.bind(
      unixDomainSocketPath: temporary, cleanupExistingSocketFile: true, childChannelInitializer: childChannelInitializer
    )
    guard chmod(temporary, 0o600) == 0, rename(temporary, path) == 0 else {
      let code = errno
      unlink(temporary)
      channel.channel.close(promise: nil)
      throw SocketFileError.fileSystem(code: code)
    }
    return (channel, SocketFile(path: path, number: fileNumber(path)))
  }

  /// Takes the file away, if it is still this one's.
  func remove() {
    if let number, Self.fileNumber(path) == number { unlink(path) }
  }

  /// The folder is made for its owner alone; one that is there must belong to this user and be open to nobody else.
  private static func makeFolder(of path: String) throws {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    if mkdir(folder, 0o700) == 0 { return }
    guard errno == EEXIST else { throw SocketFileError.fileSystem(code: errno) }
    var status = stat()
    guard stat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw SocketFileError.fileSystem(code: errno)
    }
    guard status.st_uid == geteuid(), status.st_mode & 0o077 == 0 else { throw SocketFileError.openFolder(folder) }
  }

  private static func checkIsFree(_ path: String) async throws {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFSOCK else { throw SocketFileError.notASocket }
    do {
      let other = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .connect(unixDomainSocketPath: path).get()
      try await other.close()
    } catch let error as IOError where error.errnoCode == ECONNREFUSED {
      return  // what a daemon left that did not end in order
    }
    throw SocketFileError.inUse
  }

  private static func fileNumber(_ path: String) -> UInt64? {
    var status = stat()
    return lstat(path, &status) == 0 ? UInt64(status.st_ino) : nil
  }
}

/// Why a path cannot be listened on.
package enum SocketFileError: Error, Hashable, Sendable {
  /// There is something else than a socket.
  case notASocket
  /// A daemon answers there.
  case inUse
  /// Longer than the system takes: 103 bytes.
  case pathTooLong
  /// Others than its owner can reach the folder, or it is another user's.
  case openFolder(String)
  /// The system refused, with its `errno`.
  case fileSystem(code: Int32)
}
