extension Transcript {
  /// A message sent, or one received, with the state after it.
  struct Event: Codable {
    enum Operation: String, Codable {
      case send, recv
    }

    enum Result: String, Codable {
      case ok, error
    }

    let op: Operation
    let who: Side
    /// Names the message: one `send`, any number of `recv`.
    let id: String
    var note: String?

    // What was sent; in a `recv`, what arrived instead of it.
    var header: HexBytes?
    var ciphertext: Nullable<HexBytes>?
    var ciphertext_sha256: HexBytes?
    var aad: HexBytes?
    var pt_len: Int?
    var plaintext: HexBytes?
    /// Long plaintexts are not printed: byte i is i·7 + 3 mod 256.
    var plaintext_gen: String?

    // How a `recv` ends.
    /// What was changed on the way; `ad` changes nothing but the receiver's associated data (‖ "x").
    var tamper: String?
    var result: Result?
    var error: String?
    var state_unchanged: Bool?

    /// Null while the side has no session.
    let state_after: Nullable<State>

    init(_ operation: Operation, _ side: Side, _ id: String, stateAfter: State?) {
      op = operation
      who = side
      self.id = id
      state_after = Nullable(stateAfter)
    }
  }

  /// Every variable of the Double Ratchet specification.
  struct State: Codable, Hashable {
    struct Chain: Codable, Hashable {
      let ck: HexBytes
      let n: UInt32
    }

    struct SkippedKey: Codable, Hashable {
      let dh: HexBytes
      let n: UInt32
      let mk: HexBytes
    }

    let dhs_priv: HexBytes
    let dhs_pub: HexBytes
    let dhr: HexBytes
    let rk: HexBytes
    let send: Chain
    let recv: Nullable<Chain>
    let pn: UInt32
    /// In the order of storing.
    let skipped: [SkippedKey]
  }
}

extension Transcript.Event {
  /// The bytes of a plaintext that a transcript does not print.
  static func generatedPlaintext(byteCount: Int) -> [UInt8] {
    (0..<max(0, byteCount)).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 3) }
  }
}
