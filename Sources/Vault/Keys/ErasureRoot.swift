import ByteLayout
import Foundation
import Primitives
import SecretMemory
import Synchronization

/// The erasure root in memory: seals and opens bucket keys (C13). Changed only by an erasure, on the writer's queue.
final class ErasureRoot: Sendable {
  private struct State: ~Copyable, Sendable {
    var generation: UInt64
    var key: SecretBytes
  }

  private let state: Mutex<State>

  init(_ key: consuming SecretBytes, generation: UInt64) {
    state = Mutex(State(generation: generation, key: key))
  }

  /// The generation, as the database states it too.
  var generation: UInt64 { state.withLock { $0.generation } }

  /// Puts the next root in place of this one, which is wiped.
  func replace(by key: consuming SecretBytes, generation: UInt64) {
    var next: SecretBytes? = consume key
    state.withLock { state in
      guard let key = next.take() else { return }
      state.key = key
      state.generation = generation
    }
  }

  func seal(
    secret: borrowing SecretBytes, at place: ColumnPlace, nonce: FixedBytes<24>
  ) throws(VaultError) -> Data {
    try state.withLock { state throws(VaultError) in
      try SealedValue.seal(secret: secret, key: state.key, at: place, nonce: nonce)
    }
  }

  func openSecret(_ sealed: Data, at place: ColumnPlace) throws(VaultError) -> SecretBytes {
    try state.withLock { state throws(VaultError) in
      try SealedValue.openSecret(sealed, key: state.key, at: place)
    }
  }
}
