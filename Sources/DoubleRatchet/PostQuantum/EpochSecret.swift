import Primitives
import SecretMemory

/// A secret of the post-quantum ratchet. Wiped when the last reference to it goes.
///
/// A class, so that a whole state is a value: a candidate is a copy, which shares what it does not change.
final class EpochSecret: Sendable {
  let bytes: SecretBytes

  init(_ bytes: consuming SecretBytes) {
    self.bytes = bytes
  }

  /// A second owner of the same bytes.
  func copy() throws(PrimitiveError) -> SecretBytes {
    do throws(SecretMemoryError) { return try bytes.duplicate() } catch { throw .secretMemory(error) }
  }
}
