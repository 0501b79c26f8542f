import Primitives
import SecretMemory

/// Mistakes on purpose, each of which must be reported.
enum Leaks {
  static let all: [(name: String, run: @Sendable () throws -> Void)] = [
    ("branch", branch), ("compare", compare), ("index", index), ("decapsulated", decapsulated),
  ]

  /// Keeps the compiler from leaving the mistakes out.
  nonisolated(unsafe) static var sink = 0

  /// Goes one way or the other by a bit of a key.
  @inline(never) static func branch() throws {
    let key = try Secrets.secret(32)
    key.withBytes { if $0.unsafeLoad(as: UInt8.self) & 1 == 1 { sink &+= 1 } }
  }

  /// Compares as arrays do: until the first difference.
  @inline(never) static func compare() throws {
    let (left, right) = (Secrets.plaintext(32), Secrets.plaintext(32))
    if left == right { sink &+= 1 }
  }

  /// Looks up a table by a byte of a key.
  @inline(never) static func index() throws {
    let key = try Secrets.secret(32)
    let table = (0..<256).map { (number: Int) in number &* 3 }
    key.withBytes { bytes in
      table.withUnsafeBufferPointer { sink &+= $0[Int(bytes.unsafeLoad(as: UInt8.self))] }
    }
  }

  /// Goes one way or the other by a bit of what ML-KEM gave out: shows that its secrets are watched.
  @inline(never) static func decapsulated() throws {
    let randomness = SecretRandomness()
    let pair = try MLKEMKeyPair(.mlKEM768, from: randomness)
    let secret = try pair.decapsulate(try randomness.encapsulation(to: pair.publicKey).ciphertext)
    secret.withBytes { if $0.unsafeLoad(as: UInt8.self) & 1 == 1 { sink &+= 1 } }
  }
}
