import FoundationEssentials

/// X3DH sessions with every private value, and the whole ratchet state after each event.
///
/// The field names are those of the files; `Vectors/reference/verify.py` reads the same form.
struct Transcript: Codable {
  struct Parameters: Codable, Hashable {
    let x3dh_info: String
    let root_info: String
    let msg_info: String
    let key_type_x25519: Int
    let key_type_ed25519: Int
    let header_version: Int
    let max_skip: Int
    let max_stored: Int
  }

  /// One draw of random bytes, in order, and what it was for: `SESSION/WHO/PURPOSE`.
  struct Draw: Codable, Sendable {
    let `for`: String
    let bytes: HexBytes
  }

  let comment: String?
  let generator: [String: String]?
  let seedword: String?
  let parameters: Parameters
  let randomness: [Draw]
  let sessions: [Session]

  init(decoding data: Data) throws {
    self = try JSONDecoder().decode(Transcript.self, from: data)
  }

  init(comment: String, seedword: String, randomness: [Draw], sessions: [Session]) {
    self.comment = comment
    generator = ["sotto-vectors": "1"]
    self.seedword = seedword
    parameters = .sotto
    self.randomness = randomness
    self.sessions = sessions
  }
}

extension Transcript.Parameters {
  /// What Sotto is built with (Protocol §5, §3); nothing else can be replayed.
  static let sotto = Transcript.Parameters(
    x3dh_info: "Sotto_X3DH_25519_SHA-256_v1", root_info: "Sotto_DR_Root_v1", msg_info: "Sotto_DR_Message_v1",
    key_type_x25519: 0x05, key_type_ed25519: 0x06, header_version: 0x01, max_skip: 1_000, max_stored: 2_000)
}

extension Transcript {
  struct Session: Codable {
    let name: String
    let x3dh: Handshake
    let events: [Event]
  }

  /// The two sides of a transcript: Alice begins.
  enum Side: String, Codable, CaseIterable {
    case alice, bob
  }

  /// The key agreement of a session.
  struct Handshake: Codable {
    enum IdentityKeyFormat: String, Codable {
      /// Identities are encoded 0x06 ‖ Ed25519 key.
      case ed25519 = "ED_25519"
      /// Identities are encoded 0x05 ‖ X25519 key; signatures count under the Ed25519 key with bit 255 cleared.
      case curve25519 = "CURVE_25519"
    }

    struct Identity: Codable {
      let identity_seed: HexBytes
      let identity_scalar_sha512_clamped: HexBytes
      let identity_ed25519_pub: HexBytes
      let identity_x25519_pub: HexBytes
    }

    struct KeyPair: Codable {
      let priv: HexBytes
      let pub: HexBytes
    }

    /// Bob's identity and what he has published.
    struct Responder: Codable {
      let identity_seed: HexBytes
      let identity_scalar_sha512_clamped: HexBytes
      let identity_ed25519_pub: HexBytes
      let identity_x25519_pub: HexBytes
      let signed_prekey_priv: HexBytes
      let signed_prekey_pub: HexBytes
      let signed_prekey_signed_bytes: HexBytes
      let signed_prekey_sig: HexBytes
      let one_time_prekeys: [KeyPair]?

      var identity: Identity {
        Identity(
          identity_seed: identity_seed, identity_scalar_sha512_clamped: identity_scalar_sha512_clamped,
          identity_ed25519_pub: identity_ed25519_pub, identity_x25519_pub: identity_x25519_pub)
      }
    }

    /// What Alice sends of the handshake.
    struct Header: Codable {
      let identity_key: HexBytes
      let ephemeral_key: HexBytes
      let signed_prekey: HexBytes
      let one_time_prekey: Nullable<HexBytes>
    }

    /// That the same first message does not find its one-time prekey a second time.
    struct Replay: Codable {
      let error: String
    }

    let identity_key_format: IdentityKeyFormat
    let alice: Identity
    let bob: Responder
    let ephemeral_priv: HexBytes
    let header: Header
    let appendix: HexBytes
    let shared_secret: HexBytes
    let associated_data: HexBytes
    let replay: Replay?
  }
}
