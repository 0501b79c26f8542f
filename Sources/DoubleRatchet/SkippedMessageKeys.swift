package import Primitives
package import SecretMemory

/// A message key kept for a message that has not come yet. Wiped when the last reference to it goes.
///
/// A class, because a secret cannot be an element of a dictionary: what is copied is the reference, never the key.
package final class SkippedMessageKey: Sendable {
  /// MK, 32 bytes; in suite 3 what HKDF has extracted from it.
  package let bytes: SecretBytes
  /// When it was stored, in Unix seconds of the caller's clock.
  package let storedAt: Int64

  init(bytes: consuming SecretBytes, storedAt: Int64) {
    self.bytes = bytes
    self.storedAt = storedAt
  }

  /// A copy to try: the stored key stays until a message has authenticated with it.
  ///
  /// - Parameter isMixed: whether the session is of suite 3.
  func messageKey(isMixed: Bool) throws(PrimitiveError) -> MessageKey {
    do throws(SecretMemoryError) {
      return MessageKey(try bytes.duplicate(), isMixed: isMixed)
    } catch {
      throw .secretMemory(error)
    }
  }
}

/// The message keys that were passed over, by ratchet key and number, oldest first (Protocol §6, limits).
package struct SkippedMessageKeys: Sendable {
  /// Which message a key is for.
  package struct Identifier: Hashable, Sendable {
    package let ratchetKey: X25519PublicKey
    package let number: UInt32
  }

  /// A key and the message that it is for.
  package struct Entry: Sendable {
    package let identifier: Identifier
    package let key: SkippedMessageKey
  }

  private var keys: [Identifier: SkippedMessageKey] = [:]
  /// Every identifier in `keys`, in the order of storing.
  private var order: [Identifier] = []
  /// No key in `keys` was stored before this time; it may be too early after a removal.
  private var earliest = Int64.max

  init() {}

  var count: Int { order.count }

  /// All entries, oldest first.
  var entries: [Entry] {
    order.compactMap { identifier in keys[identifier].map { Entry(identifier: identifier, key: $0) } }
  }

  /// The key for a message, unless there is none or it is older than the limit.
  func key(for identifier: Identifier, at unixSeconds: Int64) -> SkippedMessageKey? {
    guard !keys.isEmpty, let key = keys[identifier] else { return nil }
    return key.storedAt >= Self.limit(at: unixSeconds) ? key : nil
  }

  /// Whether there is a key for a message, of whatever age.
  func contains(_ identifier: Identifier) -> Bool { keys[identifier] != nil }

  /// Appends keys that were passed over; the oldest make room. An identifier that is there already keeps its place.
  mutating func append(_ entries: [Entry]) {
    for entry in entries {
      earliest = min(earliest, entry.key.storedAt)
      if keys.updateValue(entry.key, forKey: entry.identifier) == nil { order.append(entry.identifier) }
    }
    let surplus = order.count - RatchetLimits.maximumStoredKeys
    guard surplus > 0 else { return }
    for identifier in order.prefix(surplus) { keys[identifier] = nil }
    order.removeFirst(surplus)
  }

  /// Removes the key with which a message has just authenticated.
  mutating func remove(_ identifier: Identifier) {
    guard keys.removeValue(forKey: identifier) != nil else { return }
    order.removeAll { $0.number == identifier.number && $0 == identifier }
  }

  /// Removes what is over the age limit at `unixSeconds`.
  mutating func discardExpired(at unixSeconds: Int64) {
    discard(olderThan: Self.limit(at: unixSeconds))
  }

  /// Removes what was stored before `unixSeconds`.
  mutating func discard(olderThan unixSeconds: Int64) {
    guard earliest < unixSeconds else { return }
    keys = keys.filter { $0.value.storedAt >= unixSeconds }
    order.removeAll { keys[$0] == nil }
    earliest = keys.values.reduce(.max) { min($0, $1.storedAt) }
  }

  /// The earliest time of storing that is within the age limit at `unixSeconds`.
  private static func limit(at unixSeconds: Int64) -> Int64 {
    let (limit, overflowed) = unixSeconds.subtractingReportingOverflow(RatchetLimits.maximumKeyAge)
    return overflowed ? .min : limit
  }
}
