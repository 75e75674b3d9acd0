package dev.hyperfleet.api.system;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What is wrong with the server, in sentences that may be public.
 *
 * @param database why its database cannot be read, or new data cannot be written to it
 * @param space why no machine can be created or started, although the database works
 */
public record ServerCondition(Optional<String> database, Optional<String> space) {
    List<String> problems() {
        return Stream.of(database, space).flatMap(Optional::stream).toList();
    }
}
