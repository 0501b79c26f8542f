import FoundationEssentials

/// The files that `generate` writes.
enum GeneratedFiles {
  struct File {
    let path: String
    let contents: Data
  }

  static func all(seed: String) throws -> [File] {
    try transcripts(seed: seed) + [
      families(seed, "key-agreement/device-lists.json", DeviceListVectors.accepted),
      families(seed, "rejected/device-lists.json", DeviceListVectors.rejected),
      families(seed, "key-agreement/bundles.json", PrekeyVectors.acceptedBundles),
      families(seed, "rejected/bundles.json", PrekeyVectors.rejectedBundles),
      families(seed, "key-agreement/one-time-prekeys.json", PrekeyVectors.acceptedOneTime),
      families(seed, "rejected/one-time-prekeys.json", PrekeyVectors.rejectedOneTime),
      families(seed, "key-agreement/session-starts.json", SessionStartVectors.accepted),
      families(seed, "rejected/session-starts.json", SessionStartVectors.rejected),
      families(seed, "triple-ratchet/conversations.json", TripleRatchetVectors.accepted),
      families(seed, "rejected/conversations.json", TripleRatchetVectors.rejected),
      families(seed, "sealed-sender/envelopes.json", SealedEnvelopeVectors.accepted),
      families(seed, "rejected/envelopes.json", SealedEnvelopeVectors.rejected),
    ]
  }

  private static func families<Case: VectorCase>(
    _ seed: String, _ path: String, _ cases: (SeedRandomness) throws -> [Case]
  ) throws -> File {
    let file = VectorFile(
      origin: "sotto-vectors generate, seed word \(seed)",
      cases: try cases(SeedRandomness(seed: "\(seed)|\(path)")))
    return File(path: path, contents: try VectorEncoding.encode(file))
  }

  // MARK: - Transcripts

  private static func transcripts(seed: String) throws -> [File] {
    let scripts: [(path: String, comment: String, script: (SeedRandomness) throws -> [Transcript.Session])] = [
      (
        "key-agreement/x3dh.json",
        "X3DH (Protocol §5) with and without a one-time prekey, with an appendix, with identities encoded as X25519 keys.",
        TranscriptScripts.handshakes
      ),
      (
        "double-ratchet/in-order.json", "Everything arrives, in order: one way, long, empty, and a step every message.",
        TranscriptScripts.inOrder
      ),
      (
        "double-ratchet/out-of-order.json", "Everything arrives, in another order, within chains and across them.",
        TranscriptScripts.outOfOrder
      ),
      (
        "double-ratchet/skipped.json", "Messages that are lost or late: keys are kept for them, used once, and gone.",
        TranscriptScripts.skipped
      ),
      (
        "double-ratchet/rejected.json",
        "Forged, replayed, cut and oversized-gap messages: each is refused and changes nothing.",
        TranscriptScripts.rejected
      ),
    ]
    return try scripts.map { path, comment, script in
      // The path is part of the seed, so that no two files share a key.
      let randomness = SeedRandomness(seed: "\(seed)|\(path)")
      let sessions = try script(randomness)
      let transcript = Transcript(
        comment: comment, seedword: seed, randomness: randomness.draws, sessions: sessions)
      return File(path: path, contents: try VectorEncoding.encode(transcript))
    }
  }
}
