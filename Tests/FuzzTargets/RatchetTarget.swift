import ByteLayout
import DoubleRatchet
import Primitives
import SecretMemory

/// The ratchet's decryption, under a script that the fuzzer writes: who sends, what arrives, and what was changed on its way.
///
/// Two bytes an action. Whatever happens, a genuine message opens the first time and is refused ever after, everything else is refused, and
/// a refusal changes no byte of the archive.
enum RatchetTarget {
  private struct Sent {
    let message: RatchetMessage
    let plaintext: [UInt8]
    var isAccepted = false
  }

  /// Two sides of one session, from keys that are always the same.
  private struct Session: ~Copyable {
    var alice: RatchetState
    var bob: RatchetState
    var sent: [[Sent]] = [[], []]
    let randomness = CountingRandomness()

    init(isPostQuantum: Bool) throws {
      let prekey = try X25519KeyPair(from: randomness)
      let secret = try SecretBytes(copying: [UInt8](repeating: 9, count: 32))
      let data = [UInt8](repeating: 7, count: 98)
      let alice = try RatchetState.initiator(
        sharedSecret: try secret.duplicate(), remoteKey: prekey.publicKey, associatedData: data,
        isPostQuantum: isPostQuantum, randomness: randomness)
      bob = try RatchetState.responder(
        sharedSecret: secret, ownKeyPair: prekey, associatedData: data, isPostQuantum: isPostQuantum)
      self.alice = alice
    }

    mutating func send(_ side: Int) {
      guard sent[side].count < 16 else { return }
      let plaintext = [UInt8](repeating: UInt8(sent[side].count), count: side + 1)
      // A responder that has received nothing cannot send: no failure.
      guard let message = try? side == 0 ? alice.encrypt(plaintext, reserve: 600) : bob.encrypt(plaintext, reserve: 600)
      else { return }
      sent[side].append(Sent(message: message, plaintext: plaintext))
    }

    /// - Returns: the plaintext, or nil for a refusal; throws when the refusal left a trace.
    mutating func deliver(_ message: RatchetMessage, to side: Int) throws -> [UInt8]? {
      let before = side == 0 ? try alice.archive() : try bob.archive()
      let opened =
        side == 0
        ? try? alice.decrypt(message, at: 0, randomness: randomness)
        : try? bob.decrypt(message, at: 0, randomness: randomness)
      if let opened { return opened.plaintext }
      guard ConstantTimeEquality.areEqual(before, side == 0 ? try alice.archive() : try bob.archive()) else {
        throw Trace()
      }
      return nil
    }
  }

  private struct Trace: Error {}

  static func script(_ bytes: [UInt8], isPostQuantum: Bool = false) -> String? {
    do { return try run(bytes.prefix(400), isPostQuantum: isPostQuantum) } catch is Trace {
      return "a refusal changed the state"
    } catch {
      return "\(error)"
    }
  }

  /// An archive is refused, or comes out as it went in.
  static func archive(_ bytes: [UInt8]) -> String? {
    guard let secret = try? SecretBytes(copying: bytes), let state = try? RatchetState(archive: secret) else {
      return nil
    }
    guard let again = try? state.archive() else { return "a state that was read cannot be written" }
    return ConstantTimeEquality.areEqual(secret, again) ? nil : "two spellings of a state"
  }

  /// Archives of both suites, before and after something was received.
  static func archives() throws -> [[UInt8]] {
    try [false, true].flatMap { isPostQuantum in
      var session = try Session(isPostQuantum: isPostQuantum)
      var archives = [try session.alice.archive().openBytes, try session.bob.archive().openBytes]
      for _ in 0..<3 { session.send(0) }
      for index in [0, 2, 1] { _ = try session.deliver(session.sent[0][index].message, to: 1) }
      archives.append(try session.bob.archive().openBytes)
      return archives
    }
  }

  private static func run(_ bytes: ArraySlice<UInt8>, isPostQuantum: Bool) throws -> String? {
    var session = try Session(isPostQuantum: isPostQuantum)
    var rest = bytes
    while let action = rest.popFirst(), let argument = rest.popFirst() {
      let sender = Int(action >> 2 & 1)
      guard action & 3 != 0, !session.sent[sender].isEmpty else {
        session.send(sender)
        continue
      }
      let index = Int(argument) % session.sent[sender].count
      let genuine = session.sent[sender][index]
      switch action & 3 {
      case 1:
        let opened = try session.deliver(genuine.message, to: 1 - sender)
        if genuine.isAccepted, opened != nil { return "a message was read twice" }
        if !genuine.isAccepted, opened != genuine.plaintext { return "a genuine message was not read" }
        session.sent[sender][index].isAccepted = true
      case 2:
        guard let place = rest.popFirst(), let bits = rest.popFirst(), bits != 0 else { return nil }
        var header = genuine.message.header.bytes
        var ciphertext = genuine.message.ciphertext
        let at = Int(place) % (header.count + ciphertext.count)
        if at < header.count { header[at] ^= bits } else { ciphertext[at - header.count] ^= bits }
        guard let changed = try? RatchetHeader(header) else { continue }
        if try session.deliver(RatchetMessage(header: changed, ciphertext: ciphertext), to: 1 - sender) != nil {
          return "a changed message was read"
        }
      default:
        // To the side that sent it: a reflection.
        if try session.deliver(genuine.message, to: sender) != nil { return "an own message was read" }
      }
    }
    return nil
  }
}

extension SecretBytes {
  /// Of keys that are always the same.
  fileprivate var openBytes: [UInt8] {
    withBytes { span in (0..<span.byteCount).map { span.unsafeLoad(fromByteOffset: $0, as: UInt8.self) } }
  }
}

/// Draws that differ from each other and are the same in every run.
private final class CountingRandomness: Randomness, @unchecked Sendable {  // Sendable: one thread
  private var count: UInt8 = 0

  func fill(_ bytes: inout MutableRawSpan) {
    count &+= 1
    for index in 0..<bytes.byteCount {
      bytes.storeBytes(of: count &+ UInt8(truncatingIfNeeded: index &* 13), toByteOffset: index, as: UInt8.self)
    }
  }
}
