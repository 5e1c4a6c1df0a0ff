const weightedSum = (digits: string, weights: readonly number[]): number =>
  weights.reduce((sum, weight, index) => sum + weight * Number(digits[index]), 0);

/** Whether the last digit is the right one after Luhn, as in payment cards. Takes digits only. */
export function passesLuhn(digits: string): boolean {
  const sum = Array.from(digits)
    .reverse()
    .reduce((total, digit, index) => {
      const value = index % 2 === 0 ? Number(digit) : Number(digit) * 2;
      return total + (value > 9 ? value - 9 : value);
    }, 0);
  return sum % 10 === 0;
}

/** Whether an IBAN without spaces has the right check digits. Takes digits and capital letters. */
export function passesIban(iban: string): boolean {
  const rearranged = iban.slice(4) + iban.slice(0, 4);
  let rest = 0;
  for (let index = 0; index < rearranged.length; index++) {
    const code = rearranged.charCodeAt(index);
    const isLetter = code >= 65;
    rest = (rest * (isLetter ? 100 : 10) + code - (isLetter ? 55 : 48)) % 97;
  }
  return rest === 1;
}

const RESIDENT_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/** Whether a Chinese resident identity number ends as it must. Takes 17 digits and a digit or `X`. */
export const passesResidentIdentity = (number: string): boolean =>
  "10X98765432"[weightedSum(number, RESIDENT_WEIGHTS) % 11] === number[17];

const cpfDigit = (digits: string): number => {
  const weights = Array.from(digits, (_, index) => digits.length + 1 - index);
  return ((weightedSum(digits, weights) * 10) % 11) % 10;
};

/** Whether a Brazilian CPF has the right check digits. Takes 11 digits; those that are all alike are no CPF. */
export const passesCpf = (digits: string): boolean =>
  digits !== digits.charAt(0).repeat(11) &&
  [9, 10].every((length) => cpfDigit(digits.slice(0, length)) === Number(digits[length]));

/** Whether a French social security number has the right key. Takes 15 digits. */
export const passesNir = (digits: string): boolean =>
  97 - (Number(digits.slice(0, 13)) % 97) === Number(digits.slice(13));

/** Whether a Spanish DNI, or a NIE with its first letter, ends in the right letter. */
export function passesDni(number: string): boolean {
  const digits = number.slice(0, -1).replace(/^[XYZ]/, (letter) => String("XYZ".indexOf(letter)));
  return "TRWAGMYFPDXBNJZSQVHLCKE"[Number(digits) % 23] === number.at(-1);
}

const ODD_PLACES = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];

/** Whether an Italian codice fiscale ends in the right letter. Takes its 16 characters, capitals. */
export function passesCodiceFiscale(code: string): boolean {
  const sum = Array.from(code.slice(0, 15)).reduce((total, character, index) => {
    const value = Number.parseInt(character, 36);
    const place = value > 9 ? value - 10 : value;
    return total + (index % 2 === 0 ? (ODD_PLACES[place] ?? 0) : place);
  }, 0);
  return code.charCodeAt(15) - 65 === sum % 26;
}
