import Glibc

/// A listening socket that was there before the process (sd_listen_fds(3)).
package enum InheritedSocket {
  /// The first descriptor that is handed over.
  private static let first: Int32 = 3

  /// - Parameter environment: the variables of the process: `LISTEN_PID`, `LISTEN_FDS`.
  /// - Throws: ``InheritedSocketError``.
  package static func descriptor(_ environment: [String: String]) throws(InheritedSocketError) -> Int32 {
    guard environment["LISTEN_PID"] == "\(getpid())", let count = environment["LISTEN_FDS"].flatMap({ Int($0) }),
      count >= 1
    else { throw .none }
    guard count == 1 else { throw .tooMany }
    _ = fcntl(first, F_SETFD, FD_CLOEXEC)
    guard option(first, SO_ACCEPTCONN) == 1, option(first, SO_TYPE) == Int32(SOCK_STREAM.rawValue) else {
      throw .notListening
    }
    return first
  }

  /// Whether it is a socket of the internet and not of the file system.
  package static func isInternet(_ descriptor: Int32) -> Bool {
    let family = option(descriptor, SO_DOMAIN)
    return family == AF_INET || family == AF_INET6
  }

  private static func option(_ descriptor: Int32, _ name: Int32) -> Int32? {
    var value: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    return getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : nil
  }
}

/// Why no socket was inherited.
package enum InheritedSocketError: Error, Hashable {
  case none
  case tooMany
  case notListening
  /// It is open to others without TLS, and nobody said that this is meant.
  case notLoopback
}
