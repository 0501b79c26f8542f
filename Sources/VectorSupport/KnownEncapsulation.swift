package import Primitives
import SecretMemory

/// ML-KEM.Encaps_internal(ek, m): the encapsulation whose randomness is given (FIPS 203, Algorithms 14 and 17).
///
/// The library draws m itself, so that no vector could be made with it and no run of a simulation repeated. This one is
/// written after the standard alone, is compared with NIST's answers and with the library's decapsulation, and is neither
/// constant-time nor careful with memory: no program that keeps a secret may link it.
package enum KnownEncapsulation {
  private struct Sizes {
    let rank: Int
    let bitsOfU: Int
    let bitsOfV: Int

    init(_ parameters: MLKEMParameters) {
      switch parameters {
      case .mlKEM768: (rank, bitsOfU, bitsOfV) = (3, 10, 4)
      case .mlKEM1024: (rank, bitsOfU, bitsOfV) = (4, 11, 5)
      }
    }
  }

  /// - Parameter message: m, 32 bytes.
  package static func encapsulate(
    to key: MLKEMPublicKey, message: [UInt8]
  ) throws(PrimitiveError) -> MLKEMEncapsulation {
    guard message.count == 32 else { throw .wrongByteCount(expected: 32, actual: message.count) }
    let derived = Keccak.sha3_512(message + Keccak.sha3_256(key.bytes))
    let ciphertext = encrypt(message, key: key, randomness: [UInt8](derived[32...]))
    let secret: SecretBytes
    do throws(SecretMemoryError) { secret = try SecretBytes(copying: [UInt8](derived[..<32])) } catch {
      throw .secretMemory(error)
    }
    return MLKEMEncapsulation(
      ciphertext: try MLKEMCiphertext(validating: ciphertext, key.parameters), sharedSecret: secret)
  }

  /// K-PKE.Encrypt.
  private static func encrypt(_ message: [UInt8], key: MLKEMPublicKey, randomness: [UInt8]) -> [UInt8] {
    let sizes = Sizes(key.parameters)
    let rank = 0..<sizes.rank
    let t = rank.map { MLKEMPolynomial(decoding: key.bytes[384 * $0..<384 * ($0 + 1)], bits: 12) }
    let rho = [UInt8](key.bytes[(384 * sizes.rank)...])
    var counter: UInt8 = 0
    func noise() -> MLKEMPolynomial {
      defer { counter += 1 }
      return MLKEMPolynomial(binomialFrom: Keccak.shake256(randomness + [counter], count: 128))
    }
    let y = rank.map { _ in noise().transformed() }
    let u = rank.map { row in
      let product = rank.reduce(MLKEMPolynomial()) { sum, column in
        // The transposed matrix: Â[column, row].
        sum + MLKEMPolynomial(uniformFrom: rho + [UInt8(row), UInt8(column)]) * y[column]
      }
      return product.inverselyTransformed() + noise()
    }
    var bits = MLKEMPolynomial(decoding: message, bits: 1)
    for index in 0..<256 { bits.coefficients[index] *= (MLKEMPolynomial.modulus + 1) / 2 }
    let product = rank.reduce(MLKEMPolynomial()) { $0 + t[$1] * y[$1] }
    let v = product.inverselyTransformed() + noise() + bits
    return u.flatMap { $0.compressedBytes(bits: sizes.bitsOfU) } + v.compressedBytes(bits: sizes.bitsOfV)
  }
}
