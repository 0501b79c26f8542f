import ArgumentParser
import ByteLayout
import DoubleRatchet
import FoundationEssentials
import Glibc
import KeyAgreement
import Primitives
import SecretMemory
import Verification

/// `sotto-vectors peer`: one side of a session, spoken to in lines of JSON.
///
/// Another implementation is the other side (`Vectors/interop/conversations.py`). The key agreement and the ratchet are the
/// product's; the private halves follow from a seed word, and the shared secret is told: test keys only.
struct PeerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "peer",
    abstract: "Be one side of X3DH and the Double Ratchet, in lines of JSON on standard input and output.",
    discussion: """
      {"op": "start", "seed": WORD}                       forgets everything; tells the identity key
      {"op": "publish", "one_time_prekeys": N}            tells a signed prekey, its signature and N one-time prekeys
      {"op": "begin", …what a peer published, "appendix"} agrees on a secret as initiator
      {"op": "answer", …what an initiator sent}           agrees on a secret as responder
      {"op": "encrypt", "plaintext"}                      tells header and ciphertext
      {"op": "decrypt", "header", "ciphertext"}           tells the plaintext, or the class of the refusal
      """)

  func run() throws {
    let peer = Peer()
    while let line = readLine() {
      let reply: Peer.Reply
      do {
        reply = try peer.answer(to: try JSONDecoder().decode(Peer.Request.self, from: Data(line.utf8)))
      } catch {
        reply = Peer.Reply(refused: Expectation(classOf: error)?.rawValue ?? "\(error)")
      }
      print(String(decoding: try JSONEncoder().encode(reply), as: UTF8.self))
      fflush(nil)
    }
  }
}

/// The state between two lines.
private final class Peer {
  struct Request: Decodable {
    let op: String
    let seed: String?
    let one_time_prekeys: Int?
    let identity_key: HexBytes?
    let signed_prekey: HexBytes?
    let signed_prekey_sig: HexBytes?
    let one_time_prekey: HexBytes?
    let ephemeral_key: HexBytes?
    let appendix: HexBytes?
    let plaintext: HexBytes?
    let header: HexBytes?
    let ciphertext: HexBytes?
  }

  struct Reply: Encodable {
    var refused: String?
    var identity_key: HexBytes?
    var signed_prekey: HexBytes?
    var signed_prekey_sig: HexBytes?
    var one_time_prekeys: [HexBytes]?
    var ephemeral_key: HexBytes?
    var associated_data: HexBytes?
    var shared_secret: HexBytes?
    var plaintext: HexBytes?
    var header: HexBytes?
    var ciphertext: HexBytes?
  }

  enum Misuse: Error {
    case unknownOperation(String)
    case missing(String)
    /// A refusal changed the session's archive.
    case changedByRefusal
  }

  private var randomness = SeedRandomness(seed: "")
  private var identitySeed = HexBytes([])
  private var signedPrekey = HexBytes([])
  /// Scalars by public key; one is taken out when a session begins with it.
  private var oneTimePrekeys: [HexBytes: HexBytes] = [:]
  private var end: TranscriptEnd?

  func answer(to request: Request) throws -> Reply {
    switch request.op {
    case "start": try start(request)
    case "publish": try publish(request)
    case "begin": try begin(request)
    case "answer": try accept(request)
    case "encrypt": try encrypt(request)
    case "decrypt": try decrypt(request)
    default: throw Misuse.unknownOperation(request.op)
    }
  }

  private func start(_ request: Request) throws -> Reply {
    randomness = SeedRandomness(seed: try need(request.seed, "seed"))
    identitySeed = HexBytes(randomness.bytes(32, for: "identity"))
    oneTimePrekeys = [:]
    end = nil
    return Reply(identity_key: HexBytes(try identitySeed.signingKey().verifyingKey))
  }

  private func publish(_ request: Request) throws -> Reply {
    signedPrekey = HexBytes(randomness.bytes(32, for: "signed-prekey"))
    let publicKey = try signedPrekey.keyPair().publicKey
    let signature = try identitySeed.signingKey().signature(for: EncodedKey.x25519(publicKey).bytes.array)
    for _ in 0..<(request.one_time_prekeys ?? 0) {
      let scalar = HexBytes(randomness.bytes(32, for: "one-time-prekey"))
      oneTimePrekeys[HexBytes(try scalar.keyPair().publicKey)] = scalar
    }
    return Reply(
      identity_key: HexBytes(try identitySeed.signingKey().verifyingKey), signed_prekey: HexBytes(publicKey),
      signed_prekey_sig: HexBytes(signature), one_time_prekeys: [HexBytes](oneTimePrekeys.keys))
  }

  private func begin(_ request: Request) throws -> Reply {
    let peerKey = try need(request.identity_key, "identity_key").verifyingKey()
    let prekey = try need(request.signed_prekey, "signed_prekey").agreementKey()
    let signature = try need(request.signed_prekey_sig, "signed_prekey_sig").signature()
    guard peerKey.isValid(signature, for: EncodedKey.x25519(prekey).bytes.array) else { throw InvalidSignature() }
    let own = try identitySeed.signingKey()
    let ephemeral = try HexBytes(randomness.bytes(32, for: "ephemeral")).keyPair()
    let secret = try X3DH.initiatorSecret(
      identity: try own.agreementKeyPair(), ephemeral: ephemeral, peerIdentity: try peerKey.agreementKey(),
      signedPrekey: prekey, oneTimePrekey: try request.one_time_prekey.map { try $0.agreementKey() })
    return try enter(
      .alice, HexBytes(revealing: secret), initiator: own.verifyingKey, responder: peerKey, remotePrekey: prekey,
      request, ephemeral.publicKey)
  }

  private func accept(_ request: Request) throws -> Reply {
    let peerKey = try need(request.identity_key, "identity_key").verifyingKey()
    let ephemeral = try need(request.ephemeral_key, "ephemeral_key").agreementKey()
    let own = try identitySeed.signingKey()
    let prekey = try signedPrekey.keyPair()
    let secret: SecretBytes
    if let used = request.one_time_prekey {
      guard let scalar = oneTimePrekeys.removeValue(forKey: used) else {
        throw KeyAgreementError.mismatch(.oneTimePrekeyID)
      }
      secret = try X3DH.responderSecret(
        identity: try own.agreementKeyPair(), signedPrekey: prekey, oneTimePrekey: try scalar.keyPair(),
        peerIdentity: try peerKey.agreementKey(), ephemeral: ephemeral)
    } else {
      secret = try X3DH.responderSecret(
        identity: try own.agreementKeyPair(), signedPrekey: prekey, peerIdentity: try peerKey.agreementKey(),
        ephemeral: ephemeral)
    }
    return try enter(
      .bob, HexBytes(revealing: secret), initiator: peerKey, responder: own.verifyingKey,
      remotePrekey: prekey.publicKey,
      request, ephemeral)
  }

  private func enter(
    _ side: Transcript.Side, _ secret: HexBytes, initiator: VerifyingKey, responder: VerifyingKey,
    remotePrekey: X25519PublicKey, _ request: Request, _ ephemeral: X25519PublicKey
  ) throws -> Reply {
    let associatedData = X3DH.associatedData(
      initiator: .ed25519(initiator), responder: .ed25519(responder),
      appendix: try need(request.appendix, "appendix").bytes)
    end = TranscriptEnd(
      side,
      TranscriptEnd.Secrets(
        sharedSecret: secret, associatedData: associatedData, signedPrekeyScalar: signedPrekey,
        signedPrekey: remotePrekey),
      randomness: randomness.source(for: "ratchet"))
    return Reply(
      ephemeral_key: HexBytes(ephemeral), associated_data: HexBytes(associatedData), shared_secret: secret)
  }

  private func encrypt(_ request: Request) throws -> Reply {
    let message = try need(end, "session").send(try need(request.plaintext, "plaintext").bytes)
    return Reply(header: HexBytes(message.header.bytes), ciphertext: HexBytes(message.ciphertext))
  }

  private func decrypt(_ request: Request) throws -> Reply {
    let end = try need(end, "session")
    let header = try need(request.header, "header").bytes
    let ciphertext = try need(request.ciphertext, "ciphertext").bytes
    let before = try end.archive()
    do {
      let plaintext = try end.receive(header: header, ciphertext: ciphertext, inOtherSession: false)
      return Reply(plaintext: HexBytes(plaintext))
    } catch {
      guard try TranscriptEnd.Archive.areEqual(before, end.archive()) else { throw Misuse.changedByRefusal }
      throw error
    }
  }

  private func need<Value>(_ value: Value?, _ name: String) throws -> Value {
    guard let value else { throw Misuse.missing(name) }
    return value
  }
}
