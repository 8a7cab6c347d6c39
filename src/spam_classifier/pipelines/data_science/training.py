"""Builds and fits the default model with scikit-learn, and keeps what it learnt as plain data."""

from functools import partial

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
from spam_classifier.pipelines.data_science.log_odds_sum import Floats, LogOddsSum
from spam_classifier.pipelines.data_science.thresholds import choose_threshold, score_out_of_fold

TOKEN_OR_SYMBOL = r"(?u)\w+|[^\w\s]"  # noqa: S105 - a regular expression
WINDOW = 160


def build_linear_pipeline(parameters: ModelParameters, random_state: int = 0) -> Pipeline:
    """Return the unfitted default: TF-IDF of words and characters, and words with digits masked.

    Args:
        parameters: The `model` group.
        random_state: Seed of the solver.
    """
    normalisation = build_normalisation()
    words = TfidfVectorizer(
        preprocessor=normalisation,
        sublinear_tf=True,
        token_pattern=TOKEN_OR_SYMBOL,
        ngram_range=(1, parameters.word_ngram_max),
    )
    characters = TfidfVectorizer(
        preprocessor=normalisation,
        sublinear_tf=True,
        analyzer="char_wb",
        ngram_range=(1, parameters.character_ngram_max),
        min_df=parameters.character_min_df,
    )
    masked_words = TfidfVectorizer(
        preprocessor=partial(_normalise_and_mask, normalisation),
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


def _normalise_and_mask(normalisation: Normalisation, text: str) -> str:
    return mask_digits(normalisation(text))


def fit_linear_model(
    texts: list[str],
    positive: npt.NDArray[np.bool_],
    clusters: list[int],
    classes: tuple[str, str],
    model: ModelParameters,
    decision: DecisionParameters,
    random_state: int,
) -> LinearTextModel:
    """Fit the default model, and choose its threshold on scores of messages that it did not see.

    The arguments are as in `train_model`, with the n messages as `texts` and whether each is of the
    `positive` class.
    """
    pipeline = build_linear_pipeline(model, random_state)
    with threadpool_limits(limits=1, user_api="blas"):
        features = fit(pipeline, texts, positive)
        scores = score_out_of_fold(
            pipeline["classifier"], features, positive, clusters, random_state
        )
    threshold = choose_threshold(positive, expit(scores), decision)
    return to_linear_text_model(pipeline, classes, threshold)


def fit(pipeline: Pipeline, texts: list[str], positive: npt.NDArray[np.bool_]) -> csr_matrix:
    """Fit a linear pipeline in place, such that another processor gets the same bytes.

    What it learnt is rounded to 8 significant digits in the estimators themselves, before
    anything uses it.

    Args:
        pipeline: From `build_linear_pipeline`.
        texts: n messages.
        positive: Whether each is of the positive class.

    Returns:
        The features, n rows.

    Raises:
        UserError: If the messages hold no terms.
    """
    vectorizers, classifier = pipeline["features"], pipeline["classifier"]
    try:
        features = csr_matrix(vectorizers.fit_transform(texts))
    except ValueError as error:  # by scikit-learn, when nothing is left
        raise UserError(
            f"The training messages leave no terms to learn from ({str(error).strip(' .')}): lower "
            "model.character_min_df, or add messages."
        ) from None
    masked = len(vectorizers["masked_words"].vocabulary_)
    classifier.set_params(linear_columns=features.shape[1] - masked)
    round_weights(classifier.fit(features, positive))
    for name in ("words", "characters"):
        vectorizers[name].idf_ = round_digits(vectorizers[name].idf_)
    return features


def to_linear_text_model(
    pipeline: Pipeline, classes: tuple[str, str], threshold: float
) -> LinearTextModel:
    """Take what a fitted linear pipeline learnt.

    Args:
        pipeline: From `build_linear_pipeline`, fitted.
        classes: The negative and the positive class.
        threshold: Least probability of the positive class at which it is the answer.
    """
    weights = pipeline["classifier"].coef_.tolist()
    blocks = []
    for name, vectorizer in pipeline["features"].transformer_list:
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
                weights=weights[: len(terms)],
            )
        )
        weights = weights[len(terms) :]
    return LinearTextModel(
        classes=classes,
        threshold=threshold,
        window=WINDOW,
        intercept=float(pipeline["classifier"].intercept_[0]),
        normalisation=pipeline["features"]["words"].preprocessor,
        blocks=blocks,
    )


def round_weights(classifier: LogOddsSum) -> None:
    """Round what a classifier learnt to 8 significant digits, in place."""
    classifier.coef_ = round_digits(classifier.coef_)
    classifier.intercept_ = round_digits(classifier.intercept_)


def round_digits(numbers: Floats) -> Floats:
    """Round to 8 significant digits."""
    return np.array([float(f"{number:.7e}") for number in numbers])
