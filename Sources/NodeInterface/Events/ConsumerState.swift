/// How far a consumer of events is: what it was told, and what it has acknowledged. Pure.
///
/// Events are told in their order. What was told and not acknowledged is told again when the consumer comes back; what was
/// acknowledged never is. Acknowledging is cumulative.
package struct ConsumerState: Hashable, Sendable {
  /// Events that may be told before the first of them is acknowledged.
  package static let mostInFlight = 1_000

  /// Events that were told and are not acknowledged, ascending.
  package private(set) var outstanding: [Int64] = []
  /// The last event that was looked at, told or not.
  package private(set) var position: Int64
  /// The last one that was ever told, since it is known.
  package private(set) var sentUpTo: Int64
  /// How often an event was told that may be told again.
  private var tellings: [Int64: Int] = [:]
  /// Up to here everything is done because it was said so.
  private var acknowledged: Int64
  package private(set) var maxInFlight: Int

  package init(acknowledged: Int64, sentUpTo: Int64, maxInFlight: Int = ConsumerState.mostInFlight) {
    self.acknowledged = acknowledged
    self.sentUpTo = max(sentUpTo, acknowledged)
    self.maxInFlight = maxInFlight
    position = acknowledged
  }

  /// Everything up to here is done: acknowledged, or nothing that this consumer wants.
  package var doneUpTo: Int64 { outstanding.first.map { max(acknowledged, $0 - 1) } ?? max(position, acknowledged) }

  /// How many more events may be told now.
  package var room: Int { max(0, maxInFlight - outstanding.count) }

  /// The consumer is back: what it has not acknowledged is told again.
  package mutating func restart(maxInFlight: Int) {
    self.maxInFlight = maxInFlight
    position = doneUpTo
    outstanding = []
  }

  /// Looks at the next event.
  ///
  /// - Returns: how often it was told before, if it is to be told now; nil if it is not wanted, or was looked at already.
  package mutating func take(_ seq: Int64, isWanted: Bool) -> Int? {
    guard seq > position else { return nil }
    position = seq
    guard isWanted else { return nil }
    outstanding.append(seq)
    let before = tellings[seq] ?? (seq <= sentUpTo ? 1 : 0)
    tellings[seq] = before + 1
    sentUpTo = max(sentUpTo, seq)
    return before
  }

  /// The consumer has done everything up to `seq`.
  ///
  /// - Returns: whether this was new.
  /// - Throws: ``ConsumerError/notTold`` for an event that it was not told.
  package mutating func acknowledge(upTo seq: Int64) throws(ConsumerError) -> Bool {
    guard seq <= max(position, sentUpTo) else { throw .notTold }
    let before = doneUpTo
    outstanding.removeAll { $0 <= seq }
    tellings = tellings.filter { $0.key > seq }
    acknowledged = max(acknowledged, seq)
    position = max(position, seq)
    return doneUpTo > before
  }

  /// The consumer could not do `seq`: it is told again, and all after it, so that their order stays.
  ///
  /// - Throws: ``ConsumerError/notTold`` unless it was told and is not acknowledged.
  package mutating func reject(from seq: Int64) throws(ConsumerError) {
    guard outstanding.contains(seq) else { throw .notTold }
    outstanding.removeAll { $0 >= seq }
    position = seq - 1
  }
}

/// Why a consumer's word was not taken.
package enum ConsumerError: Error, Hashable, Sendable {
  case notTold
}
