"""Builds and fits the default model with scikit-learn, and keeps what it learnt as plain data."""

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from scipy.special import expit
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import FeatureUnion, Pipeline
from threadpoolctl import threadpool_limits

from spam_classifier.errors import UserError
from spam_classifier.model.linear_text_model import LinearTextModel
from spam_classifier.model.normalisation import Normalisation, build_normalisation
from spam_classifier.model.term_block import TermBlock
from spam_classifier.model.terms import mask_digits
from spam_classifier.parameters import DecisionParameters, ModelParameters
from spam_classifier.pipelines.data_science.log_odds_sum import LogOddsSum
from spam_classifier.pipelines.data_science.thresholds import choose_threshold, score_out_of_fold

TOKEN_OR_SYMBOL = r"(?u)\w+|[^\w\s]"  # noqa: S105 - a regular expression
SIGNIFICANT_DIGITS = 8
WINDOW = 160

Floats = npt.NDArray[np.float64]


def build_linear_pipeline(
    parameters: ModelParameters, normalisation: Normalisation, random_state: int = 0
) -> Pipeline:
    """Return the unfitted default: TF-IDF of words and characters, and words with digits masked.

    Args:
        parameters: The `model` group.
        normalisation: What is done to a message first.
        random_state: Seed of the solver.
    """
    common = {"preprocessor": normalisation, "sublinear_tf": True}
    words = TfidfVectorizer(
        token_pattern=TOKEN_OR_SYMBOL, ngram_range=(1, parameters.word_ngram_max), **common
    )
    characters = TfidfVectorizer(
        analyzer="char_wb",
        ngram_range=(1, parameters.character_ngram_max),
        min_df=parameters.character_min_df,
        **common,
    )
    masked_words = TfidfVectorizer(
        preprocessor=_MaskedNormalisation(normalisation),
        token_pattern=TOKEN_OR_SYMBOL,
        binary=True,
        use_idf=False,
    )
    classifier = LogOddsSum(
        LogisticRegression(
            C=parameters.C,
            class_weight=parameters.class_weight,
            solver="liblinear",
            tol=1e-8,  # so tight that the order of a processor's additions does not show
            random_state=random_state,
        ),
        MultinomialNB(alpha=parameters.naive_bayes_alpha, fit_prior=False),
        parameters.naive_bayes_weight,
    )
    blocks = [("words", words), ("characters", characters), ("masked_words", masked_words)]
    return Pipeline([("features", FeatureUnion(blocks)), ("classifier", classifier)])


class _MaskedNormalisation:
    """The normalisation, then every digit read as 0; an object, so that it can be pickled."""

    def __init__(self, normalisation: Normalisation) -> None:
        self._normalisation = normalisation

    def __call__(self, text: str) -> str:
        return mask_digits(self._normalisation(text))


def fit_linear_model(
    texts: list[str],
    labels: list[str],
    classes: tuple[str, str],
    *,
    clusters: list[int],
    model: ModelParameters,
    decision: DecisionParameters,
    random_state: int,
) -> LinearTextModel:
    """Fit the default model, and choose its threshold on scores of messages that it did not see.

    Args:
        texts: n messages.
        labels: n labels.
        classes: The negative and the positive class.
        clusters: n numbers; equal ones belong to near-duplicates, which share a fold.
        model: What is trained.
        decision: How the threshold is chosen.
        random_state: Seed of the solver and of the folds.

    Returns:
        The model as plain data.
    """
    normalisation = build_normalisation()
    pipeline = build_linear_pipeline(model, normalisation, random_state)
    with threadpool_limits(limits=1, user_api="blas"):
        features = fit(pipeline, texts, labels)
        scores = score_out_of_fold(
            pipeline.named_steps["classifier"], features, labels, clusters, random_state
        )
    sign = _sign(pipeline, classes)
    positive = np.array(labels) == classes[1]
    threshold = choose_threshold(positive, expit(sign * scores), decision)
    return to_linear_text_model(pipeline, normalisation, classes, threshold)


def fit(pipeline: Pipeline, texts: list[str], labels: list[str]) -> csr_matrix:
    """Fit a linear pipeline in place, such that another processor gets the same bytes.

    What it learnt is rounded to 8 significant digits in the estimators themselves, before
    anything uses it.

    Args:
        pipeline: From `build_linear_pipeline`.
        texts: n messages.
        labels: n labels.

    Returns:
        The features, n rows.
    """
    vectorizers = pipeline.named_steps["features"]
    try:
        features = csr_matrix(vectorizers.fit_transform(texts))
    except ValueError as error:  # by scikit-learn, when nothing is left
        raise UserError(
            f"The training messages leave no terms to learn from ({str(error).strip(' .')}): lower "
            "model.character_min_df, or add messages."
        ) from None
    masked_words = dict(vectorizers.transformer_list)["masked_words"]
    pipeline.set_params(
        classifier__linear_columns=features.shape[1] - len(masked_words.vocabulary_)
    )
    classifier = pipeline.named_steps["classifier"].fit(features, labels)
    for _, vectorizer in vectorizers.transformer_list:
        if vectorizer.use_idf:
            vectorizer.idf_ = round_digits(vectorizer.idf_)
    classifier.coef_ = round_digits(classifier.coef_)
    classifier.intercept_ = round_digits(classifier.intercept_)
    return features


def to_linear_text_model(
    pipeline: Pipeline, normalisation: Normalisation, classes: tuple[str, str], threshold: float
) -> LinearTextModel:
    """Take what a fitted linear pipeline learnt.

    Args:
        pipeline: From `build_linear_pipeline`, fitted.
        normalisation: The pipeline's.
        classes: The negative and the positive class.
        threshold: Least probability of the positive class at which it is the answer.
    """
    classifier = pipeline.named_steps["classifier"]
    sign = _sign(pipeline, classes)
    weights = sign * classifier.coef_
    blocks = []
    for name, vectorizer in pipeline.named_steps["features"].transformer_list:
        terms = vectorizer.get_feature_names_out().tolist()
        by_word = vectorizer.analyzer == "word"
        blocks.append(
            TermBlock(
                analyzer=vectorizer.analyzer,
                token_pattern=vectorizer.token_pattern if by_word else None,
                ngram_range=vectorizer.ngram_range,
                mask_digits=name == "masked_words",
                binary=vectorizer.binary,
                terms=terms,
                idf=vectorizer.idf_.tolist() if vectorizer.use_idf else [1.0] * len(terms),
                weights=weights[: len(terms)].tolist(),
            )
        )
        weights = weights[len(terms) :]
    return LinearTextModel(
        classes=classes,
        threshold=threshold,
        window=WINDOW,
        intercept=float(sign * classifier.intercept_[0]),
        normalisation=normalisation,
        blocks=blocks,
    )


def _sign(pipeline: Pipeline, classes: tuple[str, str]) -> float:
    """Return 1 if the positive class sorts last, else -1."""
    return 1.0 if pipeline.named_steps["classifier"].classes_[1] == classes[1] else -1.0


def round_digits(numbers: Floats) -> Floats:
    """Round to 8 significant digits."""
    digits = SIGNIFICANT_DIGITS - 1
    return np.array([float(f"{number:.{digits}e}") for number in numbers])
