import Glibc
import NIOCore

/// Who is at the other end of a Unix socket, as the kernel says (SO_PEERCRED).
struct PeerIdentity: Hashable, Sendable {
  let userID: UInt32

  /// - Returns: nil when the kernel does not say; then nobody is let in.
  static func of(_ channel: any Channel) async -> PeerIdentity? {
    guard let provider = channel as? any SocketOptionProvider else { return nil }
    // An option of a socket that has just been closed cannot be read.
    let credentials: Credentials? = try? await provider.unsafeGetSocketOption(
      level: SocketOptionLevel(SOL_SOCKET), name: SocketOptionName(SO_PEERCRED)
    ).get()
    return credentials.map { PeerIdentity(userID: $0.userID) }
  }

  /// `struct ucred` of the kernel, which the C library's headers show to GNU programs only.
  private struct Credentials: Sendable {
    let processID: Int32
    let userID: UInt32
    let groupID: UInt32
  }

  /// The user of this process, and root, who could read its memory anyway.
  var isAllowed: Bool { userID == geteuid() || userID == 0 }
}
