/// What a simulation does to its nodes, relays and network.
package enum Injection: String, CaseIterable, Comparable, Sendable {
  case requestLost = "requests lost"
  case answerLost = "answers lost"
  case requestDoubled = "requests doubled"
  case requestDelayed = "requests delivered late, out of order"
  case relayCutOff = "times a node could not reach its relays"
  case cutBeforeAcknowledging = "pages processed whose acknowledgement was lost"
  case crashBeforeCommit = "crashes before a commit"
  case crashAfterCommit = "crashes after a commit"
  case restart = "restarts"
  case vaultDiskFull = "commits refused by a full disk of a node"
  case relayDiskFull = "commits refused by a full disk of a relay"
  case clockForward = "clocks that jumped ahead"
  case clockBack = "clocks that jumped back"
  case longAbsence = "days that nobody was there"
  case relayRestored = "relays restored from an old copy"
  case takenOver = "vaults taken over that such a relay called copies"
  case replay = "envelopes replayed by somebody else"
  case garbage = "garbage envelopes from somebody who had a tag"
  case timerChange = "timers that were set"
  case lie = "pages of a relay that lied"
  case falseReceipt = "receipts of other puts"
  case oldBundle = "old bundles of a relay"
  case viewOnce = "messages to be opened once"
  case viewOnceOpened = "of them opened"
  case takenBack = "messages deleted for everyone"
  case edited = "messages edited"
  case secretChat = "secret chats"
  case secretChatClosed = "of them closed"
  case harm = "well-sealed messages of a hostile contact"
  case vaultRestored = "vaults restored from an old copy"

  package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// How often each was done, in one run or in all.
package struct InjectionCount: Sendable {
  package private(set) var counts: [Injection: Int] = [:]
  /// Messages whose every copy was accounted for.
  package var messages = 0

  package init() {}

  package mutating func add(_ injection: Injection) { counts[injection, default: 0] += 1 }

  package mutating func add(_ other: InjectionCount) {
    counts.merge(other.counts, uniquingKeysWith: +)
    messages += other.messages
  }
}
