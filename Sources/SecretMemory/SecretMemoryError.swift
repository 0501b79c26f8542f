/// Why secret memory could not be had.
package enum SecretMemoryError: Error, Hashable, Sendable {
  /// The system refused to lock memory: raise RLIMIT_MEMLOCK (`ulimit -l`, `LimitMEMLOCK=`).
  case cannotLock(byteCount: Int)
  /// The arena is at its bound; something keeps too many secrets alive.
  case arenaExhausted(limit: Int)
  /// A secret of this size is not supported.
  case unsupportedByteCount(Int)
}
