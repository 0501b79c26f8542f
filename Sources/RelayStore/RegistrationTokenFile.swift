import ByteLayout
import Foundation
package import RelayCore
import Synchronization

/// `relay.tokens`: the registration tokens that an operator made, by hash, a line each. The operator's tool writes it, also
/// while a relay runs; the relay only reads it, and keeps the count of uses in its own database.
///
/// A line is `HASH USES EXPIRES`: 64 hexadecimal digits, a number, and unix seconds.
package final class RegistrationTokenFile: Sendable {
  /// Much more than an operator hands out by hand.
  package static let maximumCount = 10_000

  private struct Cache {
    var stamp: Stamp?
    var grants: [FixedBytes<32>: RegistrationGrant] = [:]
  }

  /// What changes when the file is replaced.
  private struct Stamp: Equatable {
    let number: UInt64
    let seconds: Int
    let nanoseconds: Int
  }

  private let directory: String
  private let cache = Mutex(Cache())

  private var path: String { directory + "/relay.tokens" }

  package init(directory: String) { self.directory = directory }

  // MARK: The relay's side

  /// What the operator allowed for a token; nil: nothing.
  ///
  /// - Throws: ``StoreError/tokensUnreadable``. What was known before counts no more: a token may have been revoked since.
  func grant(of hash: FixedBytes<32>) throws(StoreError) -> RegistrationGrant? {
    let stamp = currentStamp()
    return try cache.withLock { cache throws(StoreError) in
      if cache.stamp != stamp || stamp == nil {
        cache.grants = Dictionary(try read().map { ($0.hash, $0) }) { first, _ in first }
        cache.stamp = stamp
      }
      return cache.grants[hash]
    }
  }

  private func currentStamp() -> Stamp? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return Stamp(
      number: UInt64(status.st_ino), seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
  }

  // MARK: The operator's side

  /// All of them, in the order in which they were made.
  ///
  /// - Throws: ``StoreError/tokensUnreadable``, also if a line is none that this version writes. No file is no tokens.
  package func read() throws(StoreError) -> [RegistrationGrant] {
    let text: String
    do { text = try String(contentsOfFile: path, encoding: .utf8) } catch CocoaError.fileReadNoSuchFile {
      return []
    } catch { throw .tokensUnreadable }
    var grants: [RegistrationGrant] = []
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: " ", omittingEmptySubsequences: false)
      guard parts.count == 3, let bytes = try? Hexadecimal.decode(String(parts[0])),
        let hash = try? FixedBytes<32>(bytes), let uses = UInt32(parts[1]), let expiresAt = UInt64(parts[2]), uses > 0
      else { throw .tokensUnreadable }
      grants.append(RegistrationGrant(hash: hash, uses: uses, expiresAt: expiresAt))
    }
    return grants
  }

  /// Reads, changes and replaces the file, one tool at a time; a crash leaves the old file or the new one.
  ///
  /// - Throws: ``StoreError/unavailable`` if it cannot be written, or would hold too many; what ``read()`` throws.
  package func change(_ body: (inout [RegistrationGrant]) -> Void) throws(StoreError) {
    let lock = open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard lock >= 0, flock(lock, LOCK_EX) == 0 else { throw .unavailable }
    defer { close(lock) }
    var grants = try read()
    body(&grants)
    guard grants.count <= Self.maximumCount else { throw .unavailable }
    let text = grants.map { "\(Hexadecimal.encode($0.hash.array)) \($0.uses) \($0.expiresAt)\n" }.joined()
    try replace(with: [UInt8](text.utf8))
  }

  private func replace(with bytes: [UInt8]) throws(StoreError) {
    let temporary = path + ".new"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .unavailable }
    let isWritten = write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
    close(descriptor)
    guard isWritten, rename(temporary, path) == 0 else { throw .unavailable }
  }
}
