/// The parsers that strangers' bytes reach, one target each: what libFuzzer calls, and what the tests call with its corpus.
///
/// A parser may refuse with its typed error. It may not trap, hang or take memory without bound, and what it takes must be
/// what it would write: otherwise the target fails.
package enum FuzzTarget: String, CaseIterable, Sendable {
  /// What clients send to a relay: frames and the commands in them.
  case request
  /// WebSocket frames, as they come from the network, with requests in them.
  case websocket
  /// The head of the HTTP request that becomes a WebSocket, or does not.
  case upgrade
  /// The headers of uploads and downloads over HTTP.
  case upload
  /// Frames one after the other in the body of an HTTP request.
  case body
  /// The work that comes with a stranger's envelope.
  case work
  /// What relays send to nodes.
  case event
  /// Receipt proofs, checkpoints and gaps of the log.
  case proof
  /// What a node finds in a sealed envelope: session starts and messages, ephemeral messages, plaintexts.
  case session
  /// The ratchet's decryption, by a script of what is sent, arrives and was changed.
  case ratchet
  /// The same script in suite 3, where messages carry units of the post-quantum ratchet.
  case triple
  /// The archive of a ratchet: not from strangers, but what an older or a damaged vault has.
  case archive
  /// What a node reads of strangers: invites, lists, bundles and one-time prekeys.
  case contact
  /// Contents, which friends send.
  case content

  /// - Returns: nil, or in what way the parser failed.
  package func failure(_ bytes: [UInt8]) -> String? {
    switch self {
    case .request: RelayTargets.request(bytes)
    case .websocket: NetworkTargets.webSocket(bytes)
    case .upgrade: NetworkTargets.upgrade(bytes)
    case .upload: BlobTargets.upload(bytes)
    case .body: RelayTargets.body(bytes)
    case .work: RelayTargets.work(bytes)
    case .event: RelayTargets.event(bytes)
    case .proof: RelayTargets.proof(bytes)
    case .session: NodeTargets.session(bytes)
    case .ratchet: RatchetTarget.script(bytes)
    case .triple: RatchetTarget.script(bytes, isPostQuantum: true)
    case .archive: RatchetTarget.archive(bytes)
    case .contact: NodeTargets.contact(bytes)
    case .content: NodeTargets.content(bytes)
    }
  }
}
