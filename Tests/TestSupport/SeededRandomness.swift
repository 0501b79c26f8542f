import Ambient
import ByteLayout
package import Primitives
import SecretMemory
import Synchronization
import VectorSupport

/// Bytes that depend on a seed only: HKDF-SHA-256 blocks over a counter. Equal seeds give equal bytes.
package final class SeededRandomness: Randomness, PublicRandomness {
  private let seed: [UInt8]
  private let counter = Mutex<UInt64>(0)

  package init(_ seed: String) {
    self.seed = [UInt8](seed.utf8)
  }

  package func fill(_ bytes: inout MutableRawSpan) {
    let drawn = self.bytes(bytes.byteCount)
    for index in drawn.indices { bytes.storeBytes(of: drawn[index], toByteOffset: index, as: UInt8.self) }
  }

  package func encapsulation(to key: MLKEMPublicKey) throws(PrimitiveError) -> MLKEMEncapsulation {
    try KnownEncapsulation.encapsulate(to: key, message: bytes(32))
  }

  package func bytes(_ count: Int) -> [UInt8] {
    let number = counter.withLock { value -> UInt64 in
      value += 1
      return value
    }
    var output: [UInt8] = []
    var block: UInt64 = 0
    do {
      let key = try SecretBytes(copying: seed)
      while output.count < count {
        let message =
          withUnsafeBytes(of: number.bigEndian) { [UInt8]($0) } + withUnsafeBytes(of: block.bigEndian) { [UInt8]($0) }
        output += HMACSHA256.code(message, key: key).array
        block += 1
      }
    } catch {
      preconditionFailure("tests have secret memory: \(error)")
    }
    return [UInt8](output.prefix(count))
  }
}
