// The languages in which a person is spoken to: the three of the country, and English.

export const languages = ['nl', 'fr', 'de', 'en'] as const;

export type Language = (typeof languages)[number];

/** The same sentence in each language. */
export type Texts = Readonly<Record<Language, string>>;
