package dev.hyperfleet.core.simulation;

/** The product has broken a promise. */
final class Violation extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Violation(String promise) {
        super(promise);
    }
}
