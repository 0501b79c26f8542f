import SealedSender
import Synchronization

/// Opens the first layers of a batch of envelopes on another processor, ahead of the transaction that takes them in order.
///
/// A third of what an envelope takes is the Diffie–Hellman of its first layer, which depends on nothing but the envelope and
/// the own key. The transaction never waits: what is not opened when it gets there, it opens itself.
final class SendersAhead: Sendable {
  private enum Opening {
    case wanted
    case done(Result<NamedSender?, SealedSenderError>)
    case taken
  }

  private struct State {
    var openings: [Opening]
    /// What is to be opened ahead next.
    var next = 0
  }

  private let envelopes: [(envelope: StoredEnvelopeBytes, key: OwnSealingKey)?]
  private let state: Mutex<State>

  /// - Parameter envelopes: nil for what is not to be opened.
  init(_ envelopes: [(envelope: StoredEnvelopeBytes, key: OwnSealingKey)?]) {
    self.envelopes = envelopes
    state = Mutex(State(openings: envelopes.map { $0 == nil ? .taken : .wanted }))
  }

  /// Opens one after the other, until none is left or ``stop()``.
  func run() {
    while let index = claim() {
      let result = open(index)
      state.withLock { state in
        if case .wanted = state.openings[index] { state.openings[index] = .done(result) }
      }
    }
  }

  /// Nothing more is opened ahead.
  func stop() { state.withLock { $0.next = envelopes.count } }

  /// Whom an envelope names, once only.
  ///
  /// - Returns: nil for one that does not open, that was taken before, or was not to be opened.
  func take(_ index: Int) throws(SealedSenderError) -> NamedSender? {
    let opening = state.withLock { state in
      let opening = state.openings[index]
      state.openings[index] = .taken
      // It is opened here: ahead goes on behind it.
      state.next = max(state.next, index + 1)
      return opening
    }
    switch opening {
    case .wanted: return try open(index).get()
    case .done(let result): return try result.get()
    case .taken: return nil
    }
  }

  private func claim() -> Int? {
    state.withLock { state in
      while state.next < state.openings.count {
        let index = state.next
        state.next += 1
        if case .wanted = state.openings[index] { return index }
      }
      return nil
    }
  }

  private func open(_ index: Int) -> Result<NamedSender?, SealedSenderError> {
    guard let (envelope, key) = envelopes[index] else { return .success(nil) }
    return Result { () throws(SealedSenderError) in try key.openSender(envelope) }
  }
}
