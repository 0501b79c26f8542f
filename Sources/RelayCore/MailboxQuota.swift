package import RelayWire

/// How much may wait in one mailbox, and which part of it one sender may take (R12).
///
/// Shares are parts of the whole, so that raising the whole raises them alike. Every refusal is the same one, whichever
/// limit it met: a sender learns that this put is too much, not how full the mailbox is.
package struct MailboxQuota: Hashable, Sendable {
  /// Envelopes and gaps that are not acknowledged.
  package var envelopes: UInt64
  /// Bytes of envelopes that are not deleted.
  package var bytes: UInt64

  package init(envelopes: UInt64 = 131_072, bytes: UInt64 = 1 << 30) {
    self.envelopes = envelopes
    self.bytes = bytes
  }

  /// A part of the whole.
  private struct Part {
    let numerator: UInt64
    let denominator: UInt64

    func of(_ whole: UInt64) -> UInt64 { whole / denominator * numerator }
  }

  /// What the entries of a class may take together. Requests come from strangers and share a tenth; the class of the
  /// owner's own devices has no such limit, so that contacts and strangers together cannot shut them out.
  private static func together(_ admissionClass: AdmissionClass) -> Part? {
    switch admissionClass {
    case .request: Part(numerator: 1, denominator: 10)
    case .contact, .group: Part(numerator: 3, denominator: 4)
    case .ownDevices: nil
    }
  }

  /// What one entry may take. A contact has a new entry every day (C9), so that it takes more than two weeks without
  /// an acknowledgement to collect the whole.
  private static func single(_ admissionClass: AdmissionClass) -> Part {
    switch admissionClass {
    case .request: Part(numerator: 1, denominator: 40)
    case .contact: Part(numerator: 1, denominator: 16)
    case .group: Part(numerator: 1, denominator: 8)
    case .ownDevices: Part(numerator: 1, denominator: 2)
    }
  }

  /// What is in a mailbox when a put comes.
  package struct Load: Hashable, Sendable {
    /// All that waits, gaps among it.
    package let whole: WaitingShare.Amount
    /// What entries of the put's class sent, if that is counted.
    package let sameClass: WaitingShare.Amount
    /// What the put's own entry sent.
    package let sameEntry: WaitingShare.Amount

    package init(whole: WaitingShare.Amount, sameClass: WaitingShare.Amount, sameEntry: WaitingShare.Amount) {
      self.whole = whole
      self.sameClass = sameClass
      self.sameEntry = sameEntry
    }
  }

  /// Whether one more envelope of `byteCount` bytes has room.
  package func admits(byteCount: Int, of admissionClass: AdmissionClass, beside load: Load) -> Bool {
    let size = UInt64(max(0, byteCount))
    func fits(_ amount: WaitingShare.Amount, _ part: Part) -> Bool {
      amount.envelopes + 1 <= part.of(envelopes) && amount.bytes + size <= part.of(bytes)
    }
    guard fits(load.whole, Part(numerator: 1, denominator: 1)) else { return false }
    if let together = Self.together(admissionClass), !fits(load.sameClass, together) { return false }
    return fits(load.sameEntry, Self.single(admissionClass))
  }
}
