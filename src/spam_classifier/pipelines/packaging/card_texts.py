"""The sentences of the model card: its template, and what is known of the corpus alone."""

TEMPLATE = """\
---
{head}---

# Model card: {positive} or {negative}

Tells {positive} from {negative} in short text messages, and says which words made it think so.

| | |
|---|---|
| version | {version} |
| code | {revision} |
| data | md5 `{data_md5}`{data_date} |
| licence | MIT for the code and the model{data_licence} |

## Start

```sh
make run
make serve
curl --json '{{"text": "You have WON a prize"}}' localhost:3000/predict
```

## What it is for

A filter of short text messages like those of its data, which people can overrule: it sorts, marks
or asks, and somebody can look at what it held back.

**Not for** messages in other languages or of another kind (e-mails, chats, reviews) without
measuring first; decisions that cannot be undone, such as deleting messages or closing accounts;
finding out who wrote something; watching what people write.

## Data

{origin}

{rows_in} rows were read: {kept} kept, {duplicates} duplicates, {rejected} rejected. {classes}.
Split `{strategy}`: {train_rows} messages train, {test_rows} test; {repeated} of the test messages
have a near-duplicate in training.

{labels}

## Model

{algorithm}

{size}

The threshold is a {positive} probability of {threshold} (`decision.strategy: {decision}`), chosen
on training messages that the model did not see.

## Metrics on the test messages

| metric | value | of | 95 % interval |
|---|---|---|---|
{metric_rows}

Without the test messages that have a near-duplicate in training: {alone}.

{reference}

### By kind of message

| messages that are or have | messages | {positive} caught | {negative} blocked |
|---|---|---|---|
{slice_rows}

### When senders try to hide

The same change in all {positive} of the test messages:

| change | {positive} caught |
|---|---|
{attack_rows}

### Calibration

{calibration}

## Who is harmed by a wrong answer

- **{negative} blocked**: somebody misses a message that mattered, such as an appointment, a code or
  a call for help. It hits those first whose messages look least like the training data: people who
  write another language or dialect, small traders who write like adverts, services that send codes.
- **{positive} let through**: somebody may be defrauded. A filter that is trusted makes it worse, as
  what it lets through looks checked.
- Probabilities are not proof. A person who is accused of {positive} because of one is harmed too.

## Limits

- What {positive} looks like changes. Measure on your own newer messages, and train again.
- Letters that are replaced by digits or symbols ("fr33") are not undone.
- A long message is judged by its most suspicious {window} characters.
- It reads words, not meaning: it knows neither the sender nor what was said before.
{examples}
## Cost

Training takes seconds on one processor core, without a graphics card, and an answer a fraction of a
millisecond. {file_size}

## Reproduce it

Check out the code's revision, then `make run` with these parameters:

```yaml
{parameters}
```
"""

CORPUS_MD5 = "f3dd99e6e62ed6d98980e9989a20c452"  # as in the corpus's .dvc file
CORPUS_LEARNT_FROM = "English text messages of 2003 to 2012"
CORPUS_HEAD = {
    "language": ["en"],
    "datasets": ["ucirvine/sms_spam"],
}
CORPUS_NAME = "SMS Spam Collection"
CORPUS_ORIGIN = """\
The SMS Spam Collection: English text messages of 2003 to 2012, mostly from Singapore and the United
Kingdom, collected from a university's corpus, a web forum on spam, and a thesis. Nobody knows how
well they stand for other people or for today. CC BY 4.0; cite T. A. Almeida, J. M. Gómez Hidalgo
and A. Yamakami (2011), *Contributions to the study of SMS spam filtering: new collection and
results*, DocEng '11, [doi:10.24432/C5CC84](https://doi.org/10.24432/C5CC84)."""
OTHER_ORIGIN = "Where the messages come from, who labelled them and when, is not known here."
CORPUS_LABELS = """\
The labels are not perfect: some adverts are labelled ham, some jokes spam. Messages of which a
spreadsheet left nothing but its error `#ERROR!`: {artefacts}."""
OTHER_LABELS = "The labels are taken as they are: what is labelled wrongly is learnt wrongly."

# What docs/figures.json holds for `sequential, test_prop=0.4`, which is the reference's own split.
REFERENCE_FIGURES = {"weighted_f1": 0.97465, "ham_blocked": 2, "spam_missed": 48}
OWN_FIGURES = {"weighted_f1": 0.99168, "ham_blocked": 3, "spam_missed": 14}
CORPUS_REFERENCE = """\
**Against the reference** (TF-IDF and a support vector machine, from the workshop that the project
re-creates), on that workshop's own split, where the first 60 % of the rows train: weighted F1
{own[weighted_f1]:.4f} against {reference[weighted_f1]:.4f}; of 2,063 messages wrong are
{own[ham_blocked]} ham and {own[spam_missed]} spam against {reference[ham_blocked]} and
{reference[spam_missed]}. These are the committed settings; docs/model.md compares more."""

ALGORITHMS = {
    "linear": """\
Two linear classifiers whose log-odds are added: logistic regression (C = {C:g}, class weights:
{class_weight}) on TF-IDF of words, of runs of up to {word_ngram_max} words and of up to
{character_ngram_max} characters; and naive Bayes (weight {naive_bayes_weight:g}, smoothing
{naive_bayes_alpha:g}) on words with every digit read as 0. First, a message is normalised: HTML
entities, invisible characters, look-alike letters of other alphabets, full-width letters and
s p a c e d letters are read as a person reads them.""",
    "linear_sgd": """\
Logistic regression by stochastic gradient descent ({epochs} epochs) with naive Bayes, on the
{max_features} most frequent words, word n-grams and character n-grams, learnt beyond memory with
Dask. First, a message is normalised: HTML entities, invisible characters, look-alike letters of
other alphabets, full-width letters and s p a c e d letters are read as a person reads them.""",
    "svc_rbf": """\
The reference's model: TF-IDF of words and a support vector machine with a radial kernel. It is
evaluated to compare with, and never served.""",
}

# Fabricated messages at the edge of what the model knows. Their answers are the model's own.
EDGE_EXAMPLES = {
    "Your appointment is on Monday at 10:30, call 020 7946 0123 to change it": "harmless",
    "Your code: 482913": "harmless, it was asked for",
    "Please save my new number: 07700 900123": "harmless",
    "Hallo Mama, das ist meine neue Nummer: 0171 3920001": "harmless, in German",
    "Salut, c'est mon nouveau numero: 06 39 98 12 34": "harmless, in French",
    "Flash sale at Ann's bakery: 2 for 1 on Sunday, text to order": "advert of a small shop",
    "Hi mum, I broke my phone, this is my new number, text me back": "fraud of today",
    "Your parcel is held, pay the fee: parcel-fee.example": "fraud of today",
    "You are due a tax refund, see tax-refund.example": "fraud of today",
}
