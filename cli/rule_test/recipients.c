/* SPDX-License-Identifier: MIT */
#include "cli/rule_test/recipients.h"

#include "cli/language/wire_word.h"
#include "cli/rule_test/timeline/timeline.h"
#include "common/language/say.h"

/* Add a decision to the timeline. */
static int note(void *context, const char *alert_id, const struct rehearsal_entry *entry) {
        const struct recipients *recipients = context;
        struct timeline *timeline = recipients->test->timeline;
        size_t before = timeline->count;
        int r = timeline_ledger(timeline, alert_id, entry);

        for (; before < timeline->count; before++)
                coverage_paged(recipients->coverage, recipients->test, &timeline->entries[before]);
        return r;
}

int recipients_init(struct recipients *recipients, struct rule_test_case *test,
                    struct coverage *coverage, const struct registry *registry) {
        const struct rehearsal_options options = {.registry = registry,
                                                  .ladders = test->file->ladders,
                                                  .time_zone = test->file->time_zone,
                                                  .note = note,
                                                  .context = recipients};

        *recipients = (struct recipients){.test = test, .coverage = coverage};
        return rehearsal_new(&recipients->rehearsal, &options);
}

void recipients_fini(struct recipients *recipients) {
        rehearsal_free(recipients->rehearsal);
}

int recipients_take(struct recipients *recipients, const struct alert *alert, int64_t now_ms) {
        return rehearsal_take(recipients->rehearsal, alert, now_ms);
}

int recipients_tick(struct recipients *recipients, int64_t now_ms) {
        return rehearsal_tick(recipients->rehearsal, now_ms);
}

int64_t recipients_next_ms(const struct recipients *recipients) {
        return rehearsal_next_ms(recipients->rehearsal);
}

int recipients_answer(struct recipients *recipients, const struct rule_test_answer *said,
                      int64_t now_ms) {
        const struct language *language = recipients->test->language;
        const char *why = NULL;
        int r = rehearsal_answer(recipients->rehearsal, said->who, said->rule, said->answer,
                                 said->reason, now_ms, &why);

        if (r <= 0)
                return r;
        if (r == REHEARSAL_NO_ALERT)
                why = say(language, "no such alert");
        else if (r == REHEARSAL_NOT_PAGED)
                why = say(language, "was not paged");
        rule_test_fail(recipients->test, "T021", said->node, NULL, "%s cannot %s %s: %s", said->who,
                       wire_word_answer(language, said->answer), said->rule, why);
        return 0;
}

int recipients_reach(struct recipients *recipients, const struct rule_test_change *change,
                     int64_t now_ms) {
        int r = rehearsal_reach(recipients->rehearsal, change->id, change->reach, now_ms);

        if (r == REHEARSAL_TOO_MANY)
                rule_test_fail(recipients->test, "T022", change->node, NULL,
                               "more than %d recipients change", REHEARSAL_RECIPIENTS_MAX);
        return r < 0 ? r : 0;
}
