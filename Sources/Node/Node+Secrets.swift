package import Primitives

extension Node {
  /// Where secrets of the interface come from: of tokens, and of webhooks.
  package nonisolated var secretRandomness: any Randomness { randomness }
}
