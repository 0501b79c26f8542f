import ArgumentParser
import ByteLayout
import DoubleRatchet
import Primitives
import SealedSender
import SecretMemory
import Verification

/// `sotto-bench suites`: encrypt and decrypt in suite 3 beside the same in suite 2.
///
/// As in `sotto-bench ratchet` one call is one message encrypted on one side and decrypted on the other. *Reserve* is how many bytes of
/// padding the messages leave: at 0 there is only the second chain, at 512 epochs go on as fast as they can. The rows *sealed* are what
/// a message costs a node in cryptography: the envelope around it is sealed and opened as well.
struct SuiteBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "suites", abstract: "Ratchet encrypt + decrypt in suite 3, beside suite 2.")

  @Option(help: "Processor seconds for each row.") var seconds = 3.0

  /// Slices of each contestant in a row; odd, so that there is a median.
  private static let sliceCount = 15

  func validate() throws {
    guard seconds > 0 else { throw ValidationError("--seconds must be more than 0.") }
  }

  func run() throws {
    print("pattern            bytes  reserve   suite 2/s   suite 3/s   more CPU   epochs")
    for isSealed in [false, true] {
      for isPingPong in [false, true] {
        for (byteCount, reserve) in [(64, 0), (64, 512), (1_024, 0), (1_024, 512), (32_768, 0), (32_768, 512)] {
          try measure(byteCount, reserve: reserve, isPingPong: isPingPong, isSealed: isSealed)
        }
      }
    }
  }

  private func measure(_ byteCount: Int, reserve: Int, isPingPong: Bool, isSealed: Bool) throws {
    let plaintext = [UInt8](repeating: 7, count: byteCount)
    let second = try SuiteBenchPair(isPostQuantum: false, isSealed: isSealed)
    let third = try SuiteBenchPair(isPostQuantum: true, isSealed: isSealed)
    let slice = seconds / Double(2 * Self.sliceCount)
    var rates: [(second: Double, third: Double)] = []
    for _ in 0..<Self.sliceCount {
      rates.append(
        (
          try ProcessorTime.callsPerSecond(during: slice) {
            try second.exchange(plaintext, reserve: reserve, isPingPong: isPingPong)
          },
          try ProcessorTime.callsPerSecond(during: slice) {
            try third.exchange(plaintext, reserve: reserve, isPingPong: isPingPong)
          }
        ))
    }
    func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
    let more = median(rates.map { $0.second / $0.third - 1 }) * 100
    let columns: [(String, Int)] = [
      ((isPingPong ? "ping-pong" : "one-way") + (isSealed ? ", sealed" : ""), -17), ("\(byteCount)", 7),
      ("\(reserve)", 9),
      ("\(Int(median(rates.map(\.second))))", 12), ("\(Int(median(rates.map(\.third))))", 12),
      ("\((more * 10).rounded() / 10) %", 11), ("\(third.epoch)", 9),
    ]
    print(columns.map { Self.padded($0.0, to: $0.1) }.joined())
  }

  private static func padded(_ text: String, to width: Int) -> String {
    let spaces = String(repeating: " ", count: max(0, abs(width) - text.count))
    return width < 0 ? text + spaces : spaces + text
  }
}

/// Two states of one session.
private final class SuiteBenchPair {
  private var left: RatchetState
  private var right: RatchetState
  private var isLeftSending = true
  private let randomness: SystemRandomness
  private let envelope: SealedBench?

  init(isPostQuantum: Bool, isSealed: Bool) throws {
    randomness = try SystemRandomness()
    envelope = try isSealed ? SealedBench(randomness) : nil
    let secret = try randomness.secret(byteCount: 32)
    let signedPrekey = try X25519KeyPair(from: randomness)
    let associatedData = [UInt8](repeating: 6, count: 98)
    left = try RatchetState.initiator(
      sharedSecret: try secret.duplicate(), remoteKey: signedPrekey.publicKey, associatedData: associatedData,
      isPostQuantum: isPostQuantum, randomness: randomness)
    right = try RatchetState.responder(
      sharedSecret: secret, ownKeyPair: signedPrekey, associatedData: associatedData, isPostQuantum: isPostQuantum)
    for _ in 0..<4 { try exchange([], reserve: 0, isPingPong: true) }
  }

  var epoch: UInt32 { left.postQuantumEpoch ?? 0 }

  func exchange(_ plaintext: [UInt8], reserve: Int, isPingPong: Bool) throws {
    let message =
      isLeftSending
      ? try left.encrypt(plaintext, reserve: reserve) : try right.encrypt(plaintext, reserve: reserve)
    let arrived = try envelope?.carry(message, randomness) ?? message
    let opened =
      isLeftSending
      ? try right.decrypt(arrived, at: 0, randomness: randomness)
      : try left.decrypt(arrived, at: 0, randomness: randomness)
    guard opened.plaintext.count == plaintext.count else { throw RatchetBenchError.plaintextLost }
    if isPingPong { isLeftSending.toggle() }
  }
}

/// An envelope's keys: the same both ways.
private final class SealedBench {
  private let device: Ed25519SigningKey
  private let agreement: X25519KeyPair
  private let sealing: X25519KeyPair
  private let secret: SealingSecret

  init(_ randomness: SystemRandomness) throws {
    device = try Ed25519SigningKey(from: randomness)
    agreement = try device.agreementKeyPair()
    sealing = try X25519KeyPair(from: randomness)
    secret = try SealingSecret(try randomness.secret(byteCount: SealingSecret.byteCount))
  }

  func carry(_ message: RatchetMessage, _ randomness: SystemRandomness) throws -> RatchetMessage {
    var account = FixedBytes<33>()
    account[0] = 6
    let (mailbox, id, session) = (FixedBytes<32>(), FixedBytes<16>(), FixedBytes<16>())
    let payload = try SessionMessage(
      sessionID: session, header: message.header.bytes, ciphertext: message.ciphertext)
    let envelope = try SealedEnvelope.seal(
      payload: payload.serialized, kind: .sessionMessage,
      sender: SealedSenderIdentity(account: account, device: 1, deviceKey: device.verifyingKey),
      senderAgreementKeyPair: agreement, mailbox: mailbox, envelopeID: id, sealID: 1, sealKey: sealing.publicKey,
      sealSecret: secret, randomness: randomness)
    let opened = try SealedEnvelope.openSender(
      envelope, mailbox: mailbox, envelopeID: id, sealingKeyPair: sealing, sealSecret: secret)
    let read = try SessionMessage.parse(try opened.openBody(sealingKeyPair: sealing)[...])
    return RatchetMessage(header: try RatchetHeader(read.header), ciphertext: read.ciphertext)
  }
}
