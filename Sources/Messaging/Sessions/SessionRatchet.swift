import DoubleRatchet
import SecretMemory
import Vault

/// A session's ratchet in the hands of a transaction, which archives it when it ends.
final class SessionRatchet: KeptRatchet {
  var state: RatchetState

  init(_ state: consuming RatchetState) { self.state = state }

  func archive() throws -> SecretBytes {
    do throws(RatchetError) { return try state.archive() } catch {
      if case .primitive(let primitive) = error { throw VaultError.primitive(primitive) }
      throw error
    }
  }
}
