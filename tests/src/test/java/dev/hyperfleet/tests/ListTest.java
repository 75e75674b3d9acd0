package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.tests.SharedServer.Shared;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/** Listing machines. */
@ExtendWith(SharedServer.class)
class ListTest {
    private final Api api;

    ListTest(Shared shared) {
        this.api = shared.api();
    }

    @Test
    void pagesAreNewestFirstWithoutGapOrDouble() {
        List<String> made = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            made.addFirst(api.create("listed-" + i));
        }
        List<String> listed = new ArrayList<>();
        for (int offset = 0; offset < 5; offset += 2) {
            JsonNode page =
                    api.get("/machines?status=pending&limit=2&offset=" + offset).json();
            assertThat(page.get("total").asInt()).isEqualTo(5);
            page.get("machines").forEach(machine -> listed.add(machine.get("id").asString()));
        }
        assertThat(listed).isEqualTo(made);
        JsonNode several = api.get("/machines?status=pending,running").json();
        assertThat(several.get("total").asInt()).isEqualTo(6);
        assertThat(several.get("machines").get(5).get("name").asString()).isEqualTo("shared");
        assertThat(api.get("/machines?status=failed").json().get("machines")).isEmpty();
        made.forEach(id -> api.delete("/machines/" + id));
    }
}
