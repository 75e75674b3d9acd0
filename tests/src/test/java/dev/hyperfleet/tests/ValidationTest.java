package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.Response;
import dev.hyperfleet.tests.SharedServer.Shared;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Invalid input gets a clear refusal that names the error, and changes nothing. */
@ExtendWith(SharedServer.class)
class ValidationTest {
    private final Api api;
    private final String runningId;

    ValidationTest(Shared shared) {
        this.api = shared.api();
        this.runningId = shared.runningId();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            {}                                                                  | name is required; vcpu_count is required; mem_size_mib is required
            {'name':'','vcpu_count':1,'mem_size_mib':4}                         | name must be 1 to 63 letters, digits, '.', '_' or '-'
            {'name':'a b','vcpu_count':1,'mem_size_mib':4}                      | name must be 1 to 63 letters, digits, '.', '_' or '-'
            {'name':'a\\u0000','vcpu_count':1,'mem_size_mib':4}                 | name must not contain NUL; name must be 1 to 63 letters, digits, '.', '_' or '-'
            {'name':7,'vcpu_count':1,'mem_size_mib':4}                          | name must be a string
            {'name':null,'vcpu_count':1,'mem_size_mib':4}                       | name must be a string
            {'name':'a','vcpu_count':0,'mem_size_mib':4}                        | vcpu_count must be at least 1
            {'name':'a','vcpu_count':-99999999999999999999,'mem_size_mib':4}    | vcpu_count must be at least 1
            {'name':'a','vcpu_count':33,'mem_size_mib':4}                       | vcpu_count must be at most 32
            {'name':'a','vcpu_count':1.5,'mem_size_mib':4}                      | vcpu_count must be an integer
            {'name':'a','vcpu_count':'1','mem_size_mib':4}                      | vcpu_count must be an integer
            {'name':'a','vcpu_count':true,'mem_size_mib':4}                     | vcpu_count must be an integer
            {'name':'a','vcpu_count':1,'mem_size_mib':3}                        | mem_size_mib must be at least 4
            {'name':'a','vcpu_count':1,'mem_size_mib':4,'exposed_ports':80}     | exposed_ports must be an array of integers
            {'name':'a','vcpu_count':1,'mem_size_mib':4,'exposed_ports':[0]}    | exposed_ports[0] must be at least 1
            {'name':'a','vcpu_count':1,'mem_size_mib':4,'exposed_ports':[80,65536]} | exposed_ports[1] must be at most 65535
            {'name':'a','vcpu_count':1,'mem_size_mib':4,'exposed_ports':[80,80]}    | exposed_ports[1] repeats 80: each may be given only once
            {'name':'a','vcpu_count':1,'mem_size_mib':4,'cpus':2}               | unknown field 'cpus': the known ones are name, vcpu_count, mem_size_mib, image, snapshot, warm_start, exposed_ports, public_ports, autostop, idle_timeout, suspend_after, autostart, restart, checks, ttl, ttl_action
            {'nam':'a','vcpu_count':0}                                          | unknown field 'nam': the known ones are name, vcpu_count, mem_size_mib, image, snapshot, warm_start, exposed_ports, public_ports, autostop, idle_timeout, suspend_after, autostart, restart, checks, ttl, ttl_action; name is required; vcpu_count must be at least 1; mem_size_mib is required
            []                                                                  | body must be a JSON object
            null                                                                | body must be a JSON object
            """)
    void aWrongMachineIsRefusedWithAllThatIsWrong(String body, String message) {
        assertInvalid(post("/machines", body.replace('\'', '"')), message);
    }

    @Test
    void whatIsWrongInAThousandPlacesIsNotSaidAThousandTimes() {
        String ports = "0,".repeat(5000) + "0";
        Response answer = post(
                "/machines",
                "{\"name\":\"a\",\"vcpu_count\":1,\"mem_size_mib\":64,\"exposed_ports\":[%s]}".formatted(ports));
        assertThat(answer.message())
                .startsWith("exposed_ports must have at most 1000 elements; ")
                .containsPattern("exposed_ports\\[18\\] must be at least 1; and \\d+ more$")
                .hasSizeLessThan(1000);
    }

    @Test
    void whatCanBeGotCanBeAskedForByHead() {
        Response head = api.request("HEAD", "/machines/" + runningId);
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
    }

    @Test
    void memoryIsBoundedByWhatTheHostHas() {
        Response answer = post("/machines", "{\"name\":\"a\",\"vcpu_count\":1,\"mem_size_mib\":1000000000000000}");
        assertThat(answer.message()).matches("mem_size_mib must be at most \\d+, the host's memory");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            {}                                        | command is required
            {'command':[]}                            | command must have at least one element
            {'command':'ls'}                          | command must be an array of strings; for a line of shell the first two are sh and -c
            {'command':['']}                          | command[0] must name a program
            {'command':['ls',1]}                      | command[1] must be a string
            {'command':['a\\u0000b']}                 | command[0] must not contain NUL
            {'command':['\\ud800']}                   | command[0] must be valid Unicode: it has an unpaired surrogate
            {'command':['ls'],'timeout':0}            | timeout must be at least 1
            {'command':['ls'],'timeout':3601}         | timeout must be at most 3600
            {'command':['ls'],'env':[]}               | env must be an object of strings
            {'command':['ls'],'env':{'A':1}}          | env.A must be a string
            {'command':['ls'],'env':{'A=':'1'}}       | env has a name that is empty or contains '=' or NUL
            {'command':['ls'],'cwd':'tmp'}            | cwd must be an absolute path
            {'command':['ls'],'user':''}              | user must not be empty
            {'command':['ls'],'stdin':1}              | stdin must be a string
            {'command':['ls'],'stdin_encoding':'hex'} | stdin_encoding must be 'utf-8' or 'base64'
            {'command':['ls'],'tty':true}             | unknown field 'tty': the known ones are command, timeout, env, cwd, user, stdin, stdin_encoding
            """)
    void aWrongCommandIsRefused(String body, String message) {
        assertInvalid(post("/machines/" + runningId + "/exec", body.replace('\'', '"')), message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            limit=0               | limit must be an integer from 1 to 1000
            limit=1001            | limit must be an integer from 1 to 1000
            limit=%D9%A1          | limit must be an integer from 1 to 1000
            limit=ten             | limit must be an integer from 1 to 1000
            offset=-1             | offset must be an integer of at least 0
            limit=1&limit=2       | limit is given more than once
            state=running         | unknown query parameter 'state': the known ones are limit, name, offset, status
            status=asleep         | status 'asleep' is unknown: the known ones are pending, starting, running, pausing, paused, resuming, suspending, suspended, stopping, stopped, failed
            status=               | status '' is unknown: the known ones are pending, starting, running, pausing, paused, resuming, suspending, suspended, stopping, stopped, failed
            limit=0&offset=x      | limit must be an integer from 1 to 1000; offset must be an integer of at least 0
            """)
    void aWrongQueryIsRefused(String query, String message) {
        assertInvalid(api.get("/machines?" + query), message);
    }

    @ParameterizedTest
    @CsvSource({"timeout=5,status is required", "status=running&timeout=31,timeout must be an integer from 1 to 30"})
    void aWrongWaitIsRefused(String query, String message) {
        assertInvalid(api.get("/machines/" + runningId + "/wait?" + query), message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {"''", "{", "{'name':'a','name':'b'}", "{} {}", "{'name':'a',}", "{'name':NaN}", "\ufeff{"})
    void brokenJsonIsRefusedWithThePlace(String body) {
        Response answer = post("/machines", body.equals("''") ? "" : body.replace('\'', '"'));
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.code()).isEqualTo("VALIDATION_ERROR");
        assertThat(answer.message()).startsWith("body ");
    }

    @Test
    void nestingThatIsTooDeepOrNotUtf8IsBrokenJson() {
        assertThat(post("/machines", "[".repeat(100_000)).message()).startsWith("body is not valid JSON");
        byte[] notUtf8 = {'{', '"', (byte) 0xff, '"', ':', '1', '}'};
        assertThat(api.postRaw("/machines", "application/json", notUtf8).message())
                .startsWith("body is not valid JSON");
    }

    @Test
    void aBodyThatIsTooLargeIsRefused() {
        Response answer = post("/machines", " ".repeat((1 << 20) + 1));
        assertThat(answer.status()).isEqualTo(413);
        assertThat(answer.message()).isEqualTo("body must be at most 1048576 bytes");
        assertThat(post("/machines/" + runningId + "/exec", " ".repeat((1 << 20) + 1))
                        .status())
                .isEqualTo(413);
        Map<String, String> large = Map.of("autostop", "x".repeat(1 << 20));
        assertThat(api.request("PATCH", "/machines/" + runningId, large).status())
                .isEqualTo(413);
        assertThat(api.post("/machines/%s/ports/80/link".formatted(runningId), large)
                        .status())
                .isEqualTo(413);
    }

    @Test
    void settingsAreRefusedWithAllThatIsWrongAndStayAsTheyWere() {
        String path = "/machines/" + runningId;
        Response before = api.get(path);
        Response wrong = api.request(
                "PATCH",
                path,
                Map.of(
                        "autostop",
                        "sleep",
                        "idle_timeout",
                        0,
                        "autostart",
                        "yes",
                        "restart",
                        Map.of("policy", "never", "max_retries", -1),
                        "ttl",
                        -1,
                        "exposed_ports",
                        List.of(0)));
        assertThat(wrong.status()).isEqualTo(400);
        assertThat(wrong.message())
                .contains(
                        "autostop must be 'off' or 'stop' or 'pause'",
                        "idle_timeout must be at least 1",
                        "autostart must be true or false",
                        "restart.policy must be 'no' or 'on-failure' or 'always'",
                        "restart.max_retries must be at least 0",
                        "ttl must be at least 0",
                        "exposed_ports[0] must be at least 1");
        assertThat(api.request("PATCH", path, Map.of("ttl_action", "stop")).message())
                .isEqualTo("ttl_action requires ttl");
        assertThat(api.get(path).lasting()).isEqualTo(before.lasting());
        assertThat(api.request("PATCH", "/machines/abcdefghijkl", Map.of()).status())
                .isEqualTo(404);
    }

    @Test
    void aBodyMustBeJsonByItsContentType() {
        byte[] body = "{}".getBytes(StandardCharsets.UTF_8);
        for (String path : List.of("/machines", "/machines/" + runningId + "/exec")) {
            Response form = api.postRaw(path, "application/x-www-form-urlencoded", body);
            assertThat(form.status()).isEqualTo(415);
            assertThat(form.code()).isEqualTo("UNSUPPORTED_MEDIA_TYPE");
            assertThat(form.message())
                    .isEqualTo(
                            "Content-Type must be application/json, in UTF-8; it is 'application/x-www-form-urlencoded'");
            assertThat(api.postRaw(path, null, body).status()).isEqualTo(415);
            assertThat(api.postRaw(path, "application/json; charset=latin1", body)
                            .status())
                    .isEqualTo(415);
            assertThat(api.postRaw(path, "application/json; charset=UTF-8", body)
                            .status())
                    .isEqualTo(400);
        }
    }

    @Test
    void aNameIsUniqueAmongExistingMachines() {
        Response taken = api.post("/machines", Map.of("name", "shared", "vcpu_count", 1, "mem_size_mib", 128));
        assertThat(taken.status()).isEqualTo(409);
        assertThat(taken.code()).isEqualTo("CONFLICT");
        assertThat(taken.message()).isEqualTo("A machine named 'shared' already exists");
    }

    @Test
    void noRefusedRequestHasMadeAMachine() {
        int before = api.get("/machines").json().get("total").asInt();
        post("/machines", "{\"name\":\"refused\",\"vcpu_count\":0,\"mem_size_mib\":128}");
        assertThat(api.get("/machines").json().get("total").asInt()).isEqualTo(before);
    }

    @Test
    void whatDoesNotExistIsSaidInTheSameFormEverywhere() {
        for (String id : List.of("abcdefghijkl", "UPPER", "a%00b", "..%2f..", "x".repeat(300))) {
            assertThat(api.get("/machines/" + id).status()).as(id).isIn(400, 404);
        }
        for (String verb : List.of("start", "stop", "restart")) {
            assertNotFound(api.post("/machines/abcdefghijkl/" + verb));
        }
        assertNotFound(api.get("/machines/abcdefghijkl"));
        assertNotFound(api.delete("/machines/abcdefghijkl"));
        assertNotFound(api.get("/machines/abcdefghijkl/wait?status=running"));
        assertNotFound(api.exec("abcdefghijkl", "true"));
        assertThat(api.get("/nothing").code()).isEqualTo("NOT_FOUND");
        Response put = api.request("PUT", "/machines");
        assertThat(put.code()).isEqualTo("METHOD_NOT_ALLOWED");
        assertThat(put.header("allow").orElseThrow()).contains("GET", "POST");
    }

    private static void assertNotFound(Response answer) {
        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.message()).isEqualTo("Machine with id 'abcdefghijkl' not found");
    }

    private Response post(String path, String body) {
        return api.postRaw(path, "application/json", body.getBytes(StandardCharsets.UTF_8));
    }

    private static void assertInvalid(Response answer, String message) {
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.code()).isEqualTo("VALIDATION_ERROR");
        assertThat(answer.message()).isEqualTo(message);
    }
}
