import ByteLayout
import DoubleRatchet
import Primitives
import SecretMemory
import Testing
import Verification

@Suite("Transcript of an independent implementation") struct TranscriptTests {
  @Test(
    .enabled(
      if: Transcript.isAvailable,
      "NOT REPLAYED: no peers/ratchet/transcript.json in $SOTTO_SHARED or in ../shared; the ratchet goes unchecked"))
  func `every event gives the same bytes and the same state`() throws {
    let transcript = try Transcript.read()
    var count = 0
    for session in transcript.sessions {
      var replay = try Replay(session, transcript.randomness)
      for event in session.events {
        try replay.replay(event)
        count += 1
      }
    }
    print("replayed \(count) events of \(transcript.sessions.count) sessions")
    #expect(count > 0)
  }
}

/// Both ends of one session of a transcript.
private struct Replay {
  let session: Transcript.Session
  let associatedData: [UInt8]
  let randomness: [String: QueuedRandomness]
  var parties: [String: Party] = [:]
  var sent: [String: (message: RatchetMessage, plaintext: [UInt8])] = [:]

  init(_ session: Transcript.Session, _ draws: [Transcript.Draw]) throws {
    self.session = session
    associatedData = try Hexadecimal.decode(session.x3dh.associated_data)
    var randomness: [String: QueuedRandomness] = [:]
    for who in ["alice", "bob"] {
      let values = try draws.filter { $0.for == "\(session.name)/\(who)/ratchet" }
        .map { try Hexadecimal.decode($0.bytes) }
      randomness[who] = QueuedRandomness(values)
    }
    self.randomness = randomness
  }

  mutating func replay(_ event: Transcript.Event) throws {
    switch event.op {
    case "send": try send(event)
    case "recv": try receive(event)
    default: Issue.record("\(event.id): unknown operation \(event.op)")
    }
    try compareState(event)
  }

  private mutating func send(_ event: Transcript.Event) throws {
    let party = try parties[event.who] ?? makeInitiator(event.who)
    parties[event.who] = party
    let plaintext =
      try event.plaintext.map { text in try Hexadecimal.decode(text) }
      ?? (0..<(event.pt_len ?? 0)).map { UInt8(truncatingIfNeeded: $0 * 7 + 3) }
    let message = try party.send(bytes: plaintext)
    #expect(Hexadecimal.encode(message.header.bytes) == event.header, "\(event.id)")
    let additionalData = RatchetAssociatedData(associatedData).additionalData(for: message.header)
    #expect(Hexadecimal.encode(additionalData) == event.aad, "\(event.id)")
    if let ciphertext = event.ciphertext {
      #expect(Hexadecimal.encode(message.ciphertext) == ciphertext, "\(event.id)")
    } else {
      let digest = try #require(event.ciphertext_sha256)
      #expect(Hexadecimal.encode(ContentHash.sha256(message.ciphertext).array) == digest, "\(event.id)")
    }
    sent[event.id] = (message, plaintext)
  }

  private mutating func receive(_ event: Transcript.Event) throws {
    var (message, plaintext) = try #require(sent[event.id])
    if event.tamper != nil {
      message = RatchetMessage(
        header: try RatchetHeader(try Hexadecimal.decode(try #require(event.header))),
        ciphertext: try Hexadecimal.decode(try #require(event.ciphertext)))
    }
    let party = try parties[event.who] ?? makeResponder(event.who)
    if event.result == "ok" {
      #expect(try party.receive(message).plaintext == plaintext, "\(event.id)")
      parties[event.who] = party
    } else if event.tamper == "ad" {
      let other = try party.withState { state in
        var fields = try RatchetStateArchive(copying: state)
        fields.associatedData.append(0x78)
        return Party(try RatchetState(fields), randomness: QueuedRandomness([]))
      }
      #expect(try other.refusal(of: message) == .authenticationFailed, "\(event.id)")
    } else {
      #expect(try party.refusal(of: message) != nil, "\(event.id)")
    }
  }

  private func compareState(_ event: Transcript.Event) throws {
    guard let party = parties[event.who] else {
      #expect(event.state_after == nil, "\(event.id)")
      return
    }
    let state = try RatchetStateArchive(decoding: try party.withState { try $0.archive() }).transcriptState
    #expect(state == event.state_after, "\(event.id)")
  }

  private func makeInitiator(_ who: String) throws -> Party {
    let random = try #require(randomness[who])
    let key = try FixedBytes<32>(try Hexadecimal.decode(session.x3dh.bob.signed_prekey_pub))
    let state = try RatchetState.initiator(
      sharedSecret: try sharedSecret(), remoteKey: try X25519PublicKey(validating: key),
      associatedData: associatedData, randomness: random)
    return Party(state, randomness: random)
  }

  private func makeResponder(_ who: String) throws -> Party {
    let scalar = try SecretBytes(copying: try Hexadecimal.decode(session.x3dh.bob.signed_prekey_priv))
    let state = try RatchetState.responder(
      sharedSecret: try sharedSecret(), ownKeyPair: try X25519KeyPair(scalar: scalar), associatedData: associatedData)
    return Party(state, randomness: try #require(randomness[who]))
  }

  private func sharedSecret() throws -> SecretBytes {
    try SecretBytes(copying: try Hexadecimal.decode(session.x3dh.shared_secret))
  }
}

extension RatchetStateArchive {
  /// The fields as a transcript writes them; nil before a side has both halves that it always writes.
  fileprivate var transcriptState: Transcript.State? {
    switch sending {
    case .some(let sending):
      var previous: UInt32 = 0
      var receiving: Transcript.Chain?
      var skipped: [Transcript.Skipped] = []
      switch sending.received {
      case .some(let received):
        previous = received.previousSendingCount
        receiving = Transcript.Chain(ck: received.chain.key.hexadecimal, n: received.chain.number)
        skipped = received.skipped.map {
          Transcript.Skipped(
            dh: $0.identifier.ratchetKey.bytes.description, n: $0.identifier.number, mk: $0.key.bytes.hexadecimal)
        }
      case .none: break
      }
      return Transcript.State(
        rk: rootKey.hexadecimal, dhs_priv: ratchetScalar.hexadecimal, dhs_pub: ratchetKey.bytes.description,
        dhr: sending.remoteKey.bytes.description, pn: previous,
        send: Transcript.Chain(ck: sending.chain.key.hexadecimal, n: sending.chain.number), recv: receiving,
        skipped: skipped)
    case .none: return nil
    }
  }
}

extension SecretBytes {
  fileprivate var hexadecimal: String { Hexadecimal.encode(testBytes) }
}
