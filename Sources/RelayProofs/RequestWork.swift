import ByteLayout
package import RelayWire
import Verification

/// Proof of work for envelopes of class request (C15): what strangers pay at a relay that asks for it, one hash to check.
///
/// A hash-cash: leading zero bits of H("Sotto_PutWork_v1", relayKey ‖ mailbox ‖ envelopeId ‖ day ‖ nonce). It is bound to
/// this relay, mailbox and envelope, so that work is neither kept for later than a day nor shown twice.
package struct RequestWork: Hashable, Sendable {
  /// The most that a relay may ask for: about a minute of one processor.
  package static let maximumBits: UInt32 = 26
  private static let label = "Sotto_PutWork_v1"
  /// How often a search looks whether it is still wanted, in hashes: every few milliseconds.
  private static let pollInterval: UInt64 = 4_096

  private let relayKey: RelayKey
  private let mailbox: MailboxID
  private let envelopeID: EnvelopeID

  package init(relayKey: RelayKey, mailbox: MailboxID, envelopeID: EnvelopeID) {
    self.relayKey = relayKey
    self.mailbox = mailbox
    self.envelopeID = envelopeID
  }

  /// Whether `work` has at least `bits` bits and was done for a day that is at most one from `today`. One hash.
  package func isDone(by work: ProofOfWork, bits: UInt32, today: UInt32) -> Bool {
    let near = work.day.distance(to: today).magnitude <= 1
    return Self.zeroBits(of: message(work)) >= bits && near
  }

  /// Searches for work of `bits` bits, away from the caller's thread; takes 2^bits hashes on average.
  ///
  /// - Returns: nil if the task was cancelled, or the relay asks for more than ``maximumBits``.
  @concurrent package func search(bits: UInt32, day: UInt32) async -> ProofOfWork? {
    guard bits <= Self.maximumBits else { return nil }
    var bytes = message(ProofOfWork(day: day, nonce: 0))
    let place = bytes.count - 8
    for nonce in 0...UInt64.max {
      if nonce % Self.pollInterval == 0 {
        guard !Task.isCancelled else { return nil }
        await Task.yield()
      }
      for index in 0..<8 { bytes[place + index] = UInt8(truncatingIfNeeded: nonce >> (56 - index * 8)) }
      if Self.zeroBits(of: bytes) >= bits { return ProofOfWork(day: day, nonce: nonce) }
    }
    return nil
  }

  /// label ‖ 0x00 ‖ relayKey(32) ‖ mailbox(32) ‖ envelopeId(16) ‖ day u32 ‖ nonce u64, 109 bytes.
  private func message(_ work: ProofOfWork) -> [UInt8] {
    var body = LayoutWriter(capacity: 92)
    body.append(relayKey.bytes)
    body.append(mailbox.bytes)
    body.append(envelopeID.bytes)
    body.uint32(work.day)
    body.uint64(work.nonce)
    return SignedMessage.bytes(label: Self.label, body: body.bytes)
  }

  private static func zeroBits(of message: [UInt8]) -> Int {
    let digest = ContentHash.sha256(message)
    var bits = 0
    for index in 0..<32 {
      bits += digest[index].leadingZeroBitCount
      if digest[index] != 0 { break }
    }
    return bits
  }
}
