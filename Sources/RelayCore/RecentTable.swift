/// A dictionary of bounded size that forgets what was not used for longest, half of it at a time.
///
/// `@inlinable`, so that other modules get code for their keys.
package struct RecentTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  @usableFromInline let capacity: Int
  @usableFromInline var recent: [Key: Value] = [:]
  @usableFromInline var older: [Key: Value] = [:]

  /// - Parameter capacity: how many keys it keeps at most, ≥ 2.
  @inlinable package init(capacity: Int) { self.capacity = max(2, capacity) }

  /// How many keys are kept, those that are kept twice included.
  @inlinable package var count: Int { recent.count + older.count }

  /// The value of `key`; setting it marks it as used, reading does not.
  @inlinable package subscript(key: Key) -> Value? {
    get { recent[key] ?? older[key] }
    set {
      guard let newValue else {
        recent[key] = nil
        older[key] = nil
        return
      }
      if recent.count >= capacity / 2, recent[key] == nil {
        older = recent
        recent = [:]
      }
      recent[key] = newValue
    }
  }
}
