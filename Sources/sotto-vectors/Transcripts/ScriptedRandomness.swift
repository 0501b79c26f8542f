import Primitives
import Synchronization
import VectorSupport

/// Gives out recorded draws, one after the other, and notices when a program draws more or others than were recorded.
final class ScriptedRandomness: Randomness {
  private struct State {
    var drawCount = 0
    var isExhausted = false
  }

  private let draws: [[UInt8]]
  private let state = Mutex(State())

  init(_ draws: [[UInt8]]) { self.draws = draws }

  /// Takes a draw of 32 bytes as the message of the encapsulation.
  func encapsulation(to key: MLKEMPublicKey) throws(PrimitiveError) -> MLKEMEncapsulation {
    var message = [UInt8](repeating: 0, count: 32)
    var span = message.mutableSpan
    var bytes = span.mutableBytes
    fill(&bytes)
    return try KnownEncapsulation.encapsulate(to: key, message: message)
  }

  func fill(_ bytes: inout MutableRawSpan) {
    let draw = state.withLock { state -> [UInt8]? in
      guard state.drawCount < draws.count, draws[state.drawCount].count == bytes.byteCount else {
        state.isExhausted = true
        return nil
      }
      defer { state.drawCount += 1 }
      return draws[state.drawCount]
    }
    for index in 0..<bytes.byteCount { bytes.storeBytes(of: draw?[index] ?? 0, toByteOffset: index, as: UInt8.self) }
  }

  var drawCount: Int { state.withLock { $0.drawCount } }
  var leftCount: Int { draws.count - drawCount }
  /// Whether something was asked for that the record does not have; what was handed out then is zero.
  var isExhausted: Bool { state.withLock { $0.isExhausted } }
}
