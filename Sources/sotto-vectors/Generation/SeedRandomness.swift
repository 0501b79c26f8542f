import ByteLayout
import Primitives
import SecretMemory
import Synchronization
import VectorSupport
import Verification

/// Bytes that follow from a seed word: for published test keys, and for nothing else.
///
/// Draw number n for a purpose is SHA-256(seed ‖ "|" ‖ purpose ‖ "|" ‖ u32 n), cut, or continued with n + 1. Every draw
/// is recorded, so that a reader of the files does not have to know this.
final class SeedRandomness: Sendable {
  private let seed: [UInt8]
  private let state = Mutex<(count: UInt32, draws: [Transcript.Draw])>((0, []))

  init(seed: String) { self.seed = [UInt8](seed.utf8) }

  /// What was drawn so far.
  var draws: [Transcript.Draw] { state.withLock { $0.draws } }

  func bytes(_ count: Int, for purpose: String) -> [UInt8] {
    state.withLock { state in
      var output: [UInt8] = []
      while output.count < count {
        var block = LayoutWriter()
        block.append(seed)
        block.append("|\(purpose)|".utf8)
        block.uint32(state.count)
        state.count += 1
        output += ContentHash.sha256(block.bytes).array
      }
      let draw = HexBytes(output.prefix(count))
      state.draws.append(Transcript.Draw(for: purpose, bytes: draw))
      return draw.bytes
    }
  }

  /// The source for one purpose, as the libraries take it.
  func source(for purpose: String) -> Source { Source(randomness: self, purpose: purpose) }

  struct Source: Randomness {
    let randomness: SeedRandomness
    let purpose: String

    func fill(_ bytes: inout MutableRawSpan) {
      let drawn = randomness.bytes(bytes.byteCount, for: purpose)
      for index in drawn.indices { bytes.storeBytes(of: drawn[index], toByteOffset: index, as: UInt8.self) }
    }

    func encapsulation(to key: MLKEMPublicKey) throws(PrimitiveError) -> MLKEMEncapsulation {
      try KnownEncapsulation.encapsulate(to: key, message: randomness.bytes(32, for: purpose))
    }
  }
}
