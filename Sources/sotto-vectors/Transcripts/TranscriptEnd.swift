import ByteLayout
import DoubleRatchet
import Primitives
import SecretMemory

/// One end of a transcript's session: its ratchet, once there is one, and where its random bytes come from.
final class TranscriptEnd {
  /// A transcript has no clock; ages have tests of their own.
  private static let unixSeconds: Int64 = 1_700_000_000
  /// What the associated data of another session has more.
  private static let suffixOfOtherSession = [UInt8]("x".utf8)

  /// What the handshake gave both ends.
  struct Secrets {
    let sharedSecret: HexBytes
    let associatedData: [UInt8]
    let signedPrekeyScalar: HexBytes
    let signedPrekey: X25519PublicKey
  }

  /// An archive in a form that optionals and arrays can hold.
  final class Archive {
    let bytes: SecretBytes
    init(_ bytes: consuming SecretBytes) { self.bytes = bytes }

    /// Whether two archives are the same bytes, or both are missing.
    static func areEqual(_ left: Archive?, _ right: Archive?) -> Bool {
      switch (left, right) {
      case (nil, nil): true
      case (let left?, let right?): ConstantTimeEquality.areEqual(left.bytes, right.bytes)
      default: false
      }
    }
  }

  private let side: Transcript.Side
  private let secrets: Secrets
  private let randomness: any Randomness
  private var ratchet: RatchetState?

  init(_ side: Transcript.Side, _ secrets: Secrets, randomness: any Randomness) {
    self.side = side
    self.secrets = secrets
    self.randomness = randomness
  }

  /// Encrypts on the session; Alice's begins with the first message that she sends.
  func send(_ plaintext: [UInt8]) throws -> RatchetMessage {
    if ratchet == nil, side == .alice {
      ratchet = try RatchetState.initiator(
        sharedSecret: try secrets.sharedSecret.secret(), remoteKey: secrets.signedPrekey,
        associatedData: secrets.associatedData, randomness: randomness)
    }
    switch ratchet.take() {
    case .some(var state):
      let message = try state.encrypt(plaintext)
      ratchet = .some(state)
      return message
    case .none: throw RatchetError.cannotSendYet
    }
  }

  /// Decrypts on the session; Bob's begins with the first message that opens.
  ///
  /// - Parameter inOtherSession: tries it on a copy whose associated data is another one.
  func receive(header: [UInt8], ciphertext: [UInt8], inOtherSession: Bool) throws -> [UInt8] {
    let message = RatchetMessage(header: try RatchetHeader(header), ciphertext: ciphertext)
    if inOtherSession {
      var copy = try copyForOtherSession()
      return try copy.decrypt(message, at: Self.unixSeconds, randomness: randomness).plaintext
    }
    switch ratchet.take() {
    case .some(var state):
      do {
        let opened = try state.decrypt(message, at: Self.unixSeconds, randomness: randomness)
        ratchet = .some(state)
        return opened.plaintext
      } catch {
        ratchet = .some(state)
        throw error
      }
    case .none:
      var state = try responder(associatedData: secrets.associatedData)
      let opened = try state.decrypt(message, at: Self.unixSeconds, randomness: randomness)
      ratchet = .some(state)
      return opened.plaintext
    }
  }

  /// The session's archive, or nil while there is no session.
  func archive() throws -> Archive? {
    switch ratchet {
    case .some(let state): Archive(try state.archive())
    case .none: nil
    }
  }

  /// The session's variables as read from its archive.
  func state() throws -> Transcript.State? {
    try archive().map { try Transcript.State(archive: $0.bytes) }
  }

  private func copyForOtherSession() throws -> RatchetState {
    guard let archive = try archive() else {
      return try responder(associatedData: secrets.associatedData + Self.suffixOfOtherSession)
    }
    var fields = try RatchetStateArchive(decoding: archive.bytes)
    fields.associatedData += Self.suffixOfOtherSession
    return try RatchetState(fields)
  }

  private func responder(associatedData: [UInt8]) throws -> RatchetState {
    try RatchetState.responder(
      sharedSecret: try secrets.sharedSecret.secret(), ownKeyPair: try secrets.signedPrekeyScalar.keyPair(),
      associatedData: associatedData)
  }
}
