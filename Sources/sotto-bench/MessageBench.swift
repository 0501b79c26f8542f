import DoubleRatchet
import Primitives
import SecretMemory

/// Messages of the Double Ratchet: suites 1 and 2 have the same.
struct MessageSection: RatchetSection {
  let title = "messages, encrypt + decrypt"

  func contests() throws -> [RatchetContest] {
    var contests: [RatchetContest] = []
    for isPingPong in [false, true] {
      for byteCount in [64, 1_024, 65_536] {
        let plaintext = [UInt8](repeating: 7, count: byteCount)
        let pair = try RatchetBenchPair()
        let floor = try RatchetFloorPair(maximumByteCount: byteCount)
        contests.append(
          RatchetContest(
            name: "\(isPingPong ? "ping-pong" : "one way"), \(byteCount) B",
            sotto: { try pair.exchange(plaintext, isPingPong: isPingPong) },
            bare: { try floor.exchange(plaintext, isPingPong: isPingPong) }))
      }
    }
    return contests
  }
}

/// Two ratchet states of one session.
private final class RatchetBenchPair {
  private var left: RatchetState
  private var right: RatchetState
  private var isLeftSending = true
  private let randomness: SystemRandomness

  init() throws {
    randomness = try SystemRandomness()
    let secret = try randomness.secret(byteCount: 32)
    let signedPreKey = try X25519KeyPair(from: randomness)
    // As long as the associated data of a session: two encoded identities and a context hash.
    let associatedData = [UInt8](repeating: 6, count: 98)
    left = try RatchetState.initiator(
      sharedSecret: try secret.duplicate(), remoteKey: signedPreKey.publicKey, associatedData: associatedData,
      randomness: randomness)
    right = try RatchetState.responder(sharedSecret: secret, ownKeyPair: signedPreKey, associatedData: associatedData)
    for _ in 0..<4 { try exchange([], isPingPong: true) }
  }

  func exchange(_ plaintext: [UInt8], isPingPong: Bool) throws {
    let opened: DecryptedMessage
    if isLeftSending {
      opened = try right.decrypt(try left.encrypt(plaintext), at: 0, randomness: randomness)
    } else {
      opened = try left.decrypt(try right.encrypt(plaintext), at: 0, randomness: randomness)
    }
    guard opened.plaintext.count == plaintext.count else { throw RatchetBenchError.plaintextLost }
    if isPingPong { isLeftSending.toggle() }
  }
}
